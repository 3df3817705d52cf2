"""The few lines of JavaScript that belong to single components; what concerns the whole page is `assets/page.js`."""

from typing import Final

FOLD_TEMPLATE: Final = '<button type="button" class="fold-head">${value}</button>'
# On a phone the title opens and closes its section; on a wide screen every section is open, and the title only a title.
FOLD: Final = """
const narrow = matchMedia('(max-width: 760px)');
const fold = element.closest('.fold');
const show = () => {
  const button = element.querySelector('.fold-head');
  button.disabled = !narrow.matches;
  button.setAttribute('aria-expanded', String(!narrow.matches || fold.classList.contains('open')));
};
element.addEventListener('click', () => { if (narrow.matches) { fold.classList.toggle('open'); show(); } });
narrow.addEventListener('change', show);
watch('value', show);
show();
"""
SCENE: Final = """
element.addEventListener('click', (event) => {
  const button = event.target.closest('button');
  if (button?.dataset.example) trigger('example', {index: Number(button.dataset.example)});
  const {act, edit} = button?.dataset ?? {};
  if (act === 'resend') trigger('resend', {id: edit});
  if (act === 'fetch') trigger('fetch', {id: edit});
  if (['again', 'connect', 'plain', 'smaller'].includes(act)) trigger(act);
});
"""
ASIDE: Final = """
element.addEventListener('click', (event) => {
  const {act, edit} = event.target.closest('button')?.dataset ?? {};
  if (act === 'show') trigger('show', {id: edit});
  if (act === 'stop') trigger('stop', {id: edit});
});
"""
# Gradio gives all three upload areas the same name, in words other than those on them.
NAME_UPLOAD: Final = """
const card = element.closest('.slot');
const name = () => {
  const area = card.querySelector('button.upload-container');
  if (area) area.setAttribute('aria-label', `${area.innerText.trim()} (${element.innerText.trim()})`);
};
new MutationObserver(name).observe(card, {subtree: true, childList: true, characterData: true});
name();
"""
INSERT_AT_CARET: Final = """
(text) => {
  const area = document.querySelector('#prompt textarea');
  const from = area.selectionStart ?? text.length, to = area.selectionEnd ?? from;
  const name = document.querySelector('#chip-%d').innerText.trim();
  const space = /[A-Za-z]/.test(name) && from > 0 && !/\\s$/.test(text.slice(0, from)) ? ' ' : '';
  const caret = from + space.length + name.length;
  setTimeout(() => { area.focus(); area.setSelectionRange(caret, caret); }, 50);
  return text.slice(0, from) + space + name + text.slice(to);
}
"""
COUNT: Final = """
(text) => {
  const count = [...text].length;
  return `<span class="${count > %(limit)d ? 'over' : ''}">${count} / %(limit)d</span>`;
}
"""
OPEN_LINK: Final = """
() => {
  document.querySelector('#card-%(number)d').classList.toggle('linking');
  document.querySelector('#url-%(number)d input, #url-%(number)d textarea')?.focus();
}
"""
CLOSE_LINK: Final = "() => { document.querySelector('#card-%d').classList.remove('linking'); }"
TOGGLE_THEME: Final = "() => window.qwenEdit.toggleTheme()"
# A number without a value is drawn as 0 until something sets it to null.
START: Final = "() => [window.qwenEdit.language(), null, window.qwenEdit.visitor]"
REMEMBER_LANGUAGE: Final = "(language) => { window.qwenEdit.remember(language); return language; }"
SHOW_PAGE: Final = "() => window.qwenEdit.show()"
HAND_OVER_ARCHIVE: Final = "() => setTimeout(() => document.querySelector('#archive')?.click(), 100)"
TIME_ZONE: Final = "() => Intl.DateTimeFormat().resolvedOptions().timeZone ?? ''"
# A picture whose file is gone leaves an empty box; a question opens where it was asked for, and closes again.
HISTORY_PART: Final = """
element.addEventListener('error', (event) => event.target.closest('.thumb, .large')?.classList.add('gone'), true);
element.addEventListener('click', (event) => {
  const button = event.target.closest('button');
  const act = button?.dataset.ask ?? button?.dataset.close;
  if (!act) return;
  const asks = element.querySelector(`[data-ask="${act}"]`);
  const question = element.querySelector(`[data-question="${act}"]`);
  question.hidden = !question.hidden;
  asks.setAttribute('aria-expanded', String(!question.hidden));
  (question.hidden ? asks : question.querySelector('[data-close]')).focus();
});
"""
HISTORY_KEPT: Final = (
    HISTORY_PART
    + """
element.addEventListener('click', (event) => {
  if (event.target.closest('button')?.dataset.act === 'everything') trigger('everything');
});
"""
)
# A list that is drawn anew keeps the keyboard where it was. On a phone an opened edit takes the place of the list.
HISTORY_ROWS: Final = (
    HISTORY_PART
    + """
let last = null;
const row = (id) => element.querySelector(`[data-edit="${CSS.escape(id)}"]`);
element.addEventListener('focusin', (event) => { last = event.target.closest('[data-edit]')?.dataset.edit; });
element.addEventListener('click', (event) => {
  const id = event.target.closest('[data-edit]')?.dataset.edit;
  if (!id) return;
  trigger('open', {id});
  document.dispatchEvent(new CustomEvent('history-open', {detail: id}));
});
watch('value', () => {
  if (last && document.activeElement === document.body) row(last)?.focus({preventScroll: true});
  document.dispatchEvent(new CustomEvent('history-drawn'));
});
"""
)
HISTORY_OPENED: Final = (
    HISTORY_PART
    + """
const narrow = matchMedia('(max-width: 760px)');
const whole = element.closest('#history');
const edit = () => element.querySelector('[data-opened]');
const rows = () => [...whole.querySelectorAll('[data-edit]')];
const mark = (id) => {
  for (const row of rows()) {
    if (row.dataset.edit === id) row.setAttribute('aria-current', 'true'); else row.removeAttribute('aria-current');
  }
};
const show = (place) => {
  const choices = [...element.querySelectorAll('.choices button')], large = element.querySelector('.large img');
  const chosen = choices.find((each) => each.dataset.place === place);
  for (const each of choices) each.setAttribute('aria-pressed', String(each === chosen));
  element.querySelector('.large').classList.remove('gone');
  large.src = chosen.dataset.file;
  large.alt = chosen.dataset.words;
  const link = element.querySelector('a[download]');
  link.href = chosen.dataset.file;
  link.download = chosen.dataset.name;
  edit().dataset.place = place;
};
// The server names a file by its path, and a browser lets the server's name win: the file is fetched, then handed over.
const save = async (link) => {
  const answer = await fetch(link.href);
  if (!answer.ok) { element.querySelector('.large').classList.add('gone'); return; }
  const copy = document.createElement('a');
  copy.href = URL.createObjectURL(await answer.blob());
  copy.download = link.download;
  copy.click();
  setTimeout(() => URL.revokeObjectURL(copy.href), 60000);
};
let from = 0, pushed = false, leaving = false;
const focusRow = () => rows().find((row) => row.hasAttribute('aria-current'))?.focus({preventScroll: true});
const hide = () => {
  if (!whole.classList.contains('reading')) return;
  whole.classList.remove('reading');
  scrollTo(0, from);
  focusRow();
};
// Back means the list, whether it is our button or the phone's own gesture.
const close = () => { if (pushed) window.history.back(); else hide(); };
addEventListener('popstate', () => { pushed = false; hide(); });
document.addEventListener('history-open', (event) => {
  mark(event.detail);
  if (!narrow.matches) return;
  from = scrollY;
  if (!pushed) window.history.pushState(null, '');
  pushed = true;
  whole.classList.add('reading');
  scrollTo(0, 0);
});
document.addEventListener('history-drawn', () => {
  const opened = edit(), row = rows().find((each) => each.dataset.edit === opened?.dataset.opened);
  mark(opened?.dataset.opened);
  if (row && row.dataset.version !== opened.dataset.version) trigger('open', {id: opened.dataset.opened});
});
watch('value', () => {
  mark(edit()?.dataset.opened);
  if (leaving) setTimeout(() => { close(); focusRow(); }, 50);
  leaving = false;
});
element.addEventListener('click', (event) => {
  const button = event.target.closest('button'), id = edit()?.dataset.opened, act = button?.dataset.act;
  const link = event.target.closest('a[download]');
  if (link) { event.preventDefault(); save(link); }
  if (button?.dataset.place) show(button.dataset.place);
  if (act === 'back') close();
  if (!id || !act) return;
  if (act === 'remove') leaving = true;
  const stopping = element.querySelector('[data-stopping]');
  if (act === 'stop') { button.disabled = true; stopping.textContent = stopping.dataset.stopping; }
  if (act === 'use') trigger('use', {id, place: Number(edit().dataset.place)});
  if (['restore', 'fetch', 'remove', 'again', 'stop', 'show'].includes(act)) trigger(act, {id});
});
"""
)

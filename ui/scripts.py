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
START: Final = "() => [window.qwenEdit.language(), null, window.qwenEdit.visitor, window.qwenEdit.draft]"
KEEP_PROMPT: Final = "(text) => { window.qwenEdit.keep(text); return text; }"
REMEMBER_LANGUAGE: Final = "(language) => { window.qwenEdit.remember(language); return language; }"
SHOW_PAGE: Final = "() => window.qwenEdit.show()"
HAND_OVER_ARCHIVE: Final = "() => setTimeout(() => document.querySelector('#archive')?.click(), 100)"
TIME_ZONE: Final = "() => Intl.DateTimeFormat().resolvedOptions().timeZone ?? ''"

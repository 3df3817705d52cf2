// The Edit tab: files for the slots, names and counters at the prompt, sections that fold, and the buttons of
// what the server draws. What `js_on_load` gives a component is handed to its function here: element, trigger, watch.
Object.assign(window.qwenEdit, (() => {
  // Files for a slot. Gradio waits before it looks at what was dropped, and by then the browser has taken it away; and
  // of files that are no pictures it speaks in English only, or not at all. So every file is handed to it as if it had
  // been chosen, and under a name that it asks nothing about: the server says in the slot what it is.
  const KNOWN = /^image\/(png|jpeg|webp|bmp|tiff|gif|heic|heif|avif)$/;
  const slotOf = (event) => event.target.closest?.('.slot');
  const plain = (file) => KNOWN.test(file.type) ? file : new File([file], `${file.name}.file`, {type: 'image/x-unknown'});
  const chooser = async (slot) => {
    const find = () => slot.querySelector('.slot-picture input[type=file]');
    if (!find()) slot.querySelector('.source-selection .icon')?.click(); // the camera was chosen last
    for (let tries = 0; tries < 20 && !find(); tries += 1) await new Promise(requestAnimationFrame);
    return find();
  };
  const put = async (slot, file) => {
    const carrier = new DataTransfer();
    carrier.items.add(plain(file));
    const input = await chooser(slot);
    if (!input) return;
    input.files = carrier.files;
    input.dispatchEvent(new CustomEvent('change', {bubbles: true, detail: 'ours'}));
  };
  document.addEventListener('change', (event) => {
    const slot = slotOf(event), [file] = event.target.files ?? [];
    if (!slot || !file || event.detail === 'ours' || KNOWN.test(file.type)) return;
    event.stopImmediatePropagation();
    put(slot, file);
  }, true);
  // Some systems do not know that these are pictures, and would not let them be chosen.
  document.addEventListener('click', (event) => {
    if (event.target.matches?.('.slot input[type=file]')) event.target.accept = 'image/*,.heic,.heif,.avif';
  }, true);
  // The first file goes into the slot it was dropped on, the others into those that are free; what finds none is said.
  const putAll = (files, aimed) => {
    const isFree = (slot) => slot !== aimed && !slot.querySelector('[data-filled], .slot-picture img');
    const slots = [...(aimed ? [aimed] : []), ...[...document.querySelectorAll('.slot')].filter(isFree)];
    window.qwenEdit.toTheForm();
    document.querySelector('#ask').classList.toggle('left-over', files.length > slots.length);
    for (const [place, slot] of slots.slice(0, files.length).entries()) put(slot, files[place]);
  };
  // A picture that is drawn from its slot onto another one takes that place, and the others close up.
  const DRAWN = 'application/x-slot';
  const numberOf = (slot) => Number(slot.id.at(-1));
  const aim = (slot) => {
    for (const each of document.querySelectorAll('.slot')) each.classList.toggle('aimed', each === slot);
  };
  document.addEventListener('dragstart', (event) => {
    const slot = slotOf(event);
    if (slot && event.target.matches('img')) event.dataTransfer.setData(DRAWN, String(numberOf(slot)));
  }, true);
  document.addEventListener('dragend', () => aim(null), true);
  // A file that is let go beside the slots would have the browser leave the page for it.
  document.addEventListener('dragover', (event) => {
    const {types} = event.dataTransfer, drawn = types.includes(DRAWN);
    if (drawn || types.includes('Files')) aim(slotOf(event));
    if (drawn ? slotOf(event) : types.includes('Files')) event.preventDefault();
  }, true);
  document.addEventListener('drop', (event) => {
    aim(null);
    const drawn = event.dataTransfer.getData(DRAWN), onto = slotOf(event);
    if (drawn) {
      event.preventDefault();
      event.stopImmediatePropagation();
      const change = {from: Number(drawn), to: onto && numberOf(onto)};
      if (onto && change.from !== change.to) onto.dispatchEvent(new CustomEvent('slot-move', {detail: change}));
      return;
    }
    const files = [...event.dataTransfer.files];
    if (!files.length) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    event.target.dispatchEvent(new DragEvent('dragleave', {bubbles: true})); // or Gradio believes that it goes on
    putAll(files, slotOf(event));
  }, true);
  document.addEventListener('paste', (event) => {
    const files = [...event.clipboardData.files];
    if (!files.length || (event.clipboardData.getData('text') && event.target.closest('input, textarea'))) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    putAll(files);
  }, true);

  // No icon of a broken picture, nor its name in its place: the page says in words what is wrong with it.
  for (const [name, broken] of [['error', true], ['load', false]]) {
    document.addEventListener(name, ({target}) => {
      if (target.closest?.('.slot-picture, #scene') && target.matches('img')) target.classList.toggle('broken', broken);
    }, true);
  }

  // The keyboard goes along with a picture that is moved, and stays where one was removed or an example was chosen.
  const focusSoon = (find, tries = 40) => {
    const {activeElement} = document;
    if (activeElement !== document.body && !activeElement.matches('.slot-tools button, [data-example]')) return;
    const target = find().find((each) => each?.checkVisibility() && !each.disabled);
    if (target) target.focus(); else if (tries > 0) setTimeout(focusSoon, 50, find, tries - 1);
  };
  document.addEventListener('click', ({target}) => {
    const [, act, digit] = target.closest?.('.slot-tools button')?.id.match(/^(left|right|clear)-(\d)$/) ?? [];
    const number = Number(digit), at = (id) => document.querySelector(`#${id}`);
    if (act === 'clear') focusSoon(() => [document.querySelector(`#card-${number} button.upload-container`)]);
    const next = act === 'left' ? number - 1 : number + 1, other = act === 'left' ? 'right' : 'left';
    if (act === 'left' || act === 'right') {
      setTimeout(focusSoon, 300, () => [at(`${act}-${next}`), at(`${other}-${next}`)]);
    }
    if (target.closest?.('[data-example]') && matchMedia('(pointer: fine)').matches) focusSoon(() => [prompt()]);
  });

  const openLink = (number) => {
    document.querySelector(`#card-${number}`).classList.toggle('linking');
    document.querySelector(`#url-${number} input, #url-${number} textarea`)?.focus();
  };
  const closeLink = (number) => {
    document.querySelector(`#card-${number}`).classList.remove('linking');
    document.querySelector('#ask').classList.remove('left-over');
  };

  // What is written for a person is written as if they had typed it, so that Ctrl+Z takes it back.
  const write = (area, from, to, text) => {
    area.focus({preventScroll: true});
    area.setSelectionRange(from, to);
    document.execCommand('insertText', false, text);
  };
  const prompt = () => document.querySelector('#prompt textarea');
  const reword = (text, orNothing = false) => {
    if ((text || orNothing) && text !== prompt().value) write(prompt(), 0, prompt().value.length, text);
  };
  // What the server puts in the place of a person's words is written again in this way; of words that were typed and
  // never sent it is said too, with a button for who has no Ctrl+Z. Those of a round can be had from the strip.
  let words = '', typed = false, writing = false, lost = '';
  const sayReplaced = (old) => {
    lost = old;
    document.querySelector('#ask').classList.toggle('replaced', Boolean(old));
  };
  document.addEventListener('input', ({target}) => {
    if (!target.matches?.('#prompt textarea')) return;
    words = target.value;
    if (writing) return;
    typed = true;
    sayReplaced('');
  });
  const isKept = (text) => [...document.querySelectorAll('#lineage [data-act=visit], #aside .what')]
    .some(({title}) => title.trim() === text.trim());
  const writeOver = (old, text, tries) => {
    const area = prompt(), {activeElement} = document;
    if (words !== old || area.value !== text) return;
    if (!area.checkVisibility()) { if (tries > 0) setTimeout(writeOver, 50, old, text, tries - 1); return; }
    area.value = old;
    writing = true;
    write(area, 0, old.length, text);
    writing = false;
    sayReplaced(typed && !isKept(old) ? old : '');
    typed = false;
    // Who goes through the rounds stays there, and on a phone no keyboard comes up.
    if (activeElement.matches('#lineage li button')) activeElement.focus({preventScroll: true});
    else if (!matchMedia('(pointer: fine)').matches) area.blur();
  };
  const replaced = (text) => {
    if (words.trim() && text !== words) setTimeout(writeOver, 0, words, text, 40);
    else if (text !== words) [words, typed] = [text, text === window.qwenEdit.read('qwen-edit-prompt', 'sessionStorage')];
    return text;
  };
  // With a result as image 1 the next words are asked for; on a phone the slot is shown instead, see page.js.
  const goOn = () => {
    if (!matchMedia('(pointer: fine)').matches) return;
    prompt().focus({preventScroll: true});
    prompt().select();
  };
  const takeBack = () => {
    typed = true;
    reword(lost);
  };
  // A chip writes the name of its picture where the caret is.
  const insertName = (number) => {
    const area = prompt(), from = area.selectionStart ?? area.value.length, to = area.selectionEnd ?? from;
    const name = document.querySelector(`#chip-${number}`).innerText.trim();
    const space = /[A-Za-z]/.test(name) && from > 0 && !/\s$/.test(area.value.slice(0, from)) ? ' ' : '';
    write(area, from, to, space + name);
  };
  const count = (text, limit) => {
    const length = [...text].length;
    return `<span class="${length > limit ? 'over' : ''}">${length} / ${limit}</span>`;
  };

  // What is filled in, and which edit is on the stage, outlive a reload of this tab.
  let form = null;
  const store = () => { if (form) window.qwenEdit.write('qwen-edit-form', JSON.stringify(form), 'sessionStorage'); };
  const keepForm = (names, values) => {
    const now = Object.fromEntries(names.map((name, place) => [name, values[place]]));
    const urls = [now.url_1, now.url_2, now.url_3], {sent, ...others} = now;
    form = {...others, urls, pictures: sent ? JSON.parse(sent) : [], shown: form?.shown ?? ''};
    store();
  };
  addEventListener('pagehide', () => {
    const shown = document.querySelector('#results [data-shown], #scene [data-act][data-edit]')?.dataset;
    if (form) form.shown = shown?.shown ?? shown?.edit ?? '';
    store();
  });

  // The title opens and closes its section, and says its values; the browser remembers which ones are open.
  const unfolded = () => (window.qwenEdit.read('qwen-edit-unfolded') ?? '').split(' ').filter(Boolean);
  const fold = ({element, watch}) => {
    const section = element.closest('.fold');
    const show = () => {
      element.querySelector('.fold-head').setAttribute('aria-expanded', String(section.classList.contains('open')));
    };
    element.addEventListener('click', () => {
      const others = unfolded().filter((id) => id !== section.id);
      const open = section.classList.toggle('open');
      window.qwenEdit.write('qwen-edit-unfolded', (open ? [...others, section.id] : others).join(' '));
      show();
    });
    section.classList.toggle('open', unfolded().includes(section.id));
    watch('value', show);
    show();
  };

  // What only has buttons: the stage, the facts under it, and the list of edits under Run.
  const buttons = ({element, trigger}, events) => {
    element.addEventListener('click', (event) => {
      const {act, edit, example} = event.target.closest('button')?.dataset ?? {};
      if (act === 'history') document.querySelector('#history-view-button')?.click();
      if (example) trigger('example', {index: Number(example)});
      else if (events.includes(act)) trigger(act, {id: edit});
    });
  };

  const handOver = () => setTimeout(() => document.querySelector('#handover')?.click(), 100);
  return { buttons, closeLink, count, fold, goOn, handOver, insertName, keepForm, openLink, put, replaced, reword, takeBack };
})());

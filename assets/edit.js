// The Edit tab: files for the slots, names and counters at the prompt, sections that fold on a phone, and the buttons of
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
    if (!find()) slot.querySelector('.source-selection .icon')?.click(); // the clipboard or the camera was chosen last
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
  document.addEventListener('dragover', (event) => {
    if (slotOf(event) && event.dataTransfer.types.includes('Files')) event.preventDefault();
  }, true);
  document.addEventListener('drop', (event) => {
    const slot = slotOf(event), [file] = event.dataTransfer.files;
    if (!slot || !file) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    event.target.dispatchEvent(new DragEvent('dragleave', {bubbles: true})); // or Gradio believes that it goes on
    put(slot, file);
  }, true);

  // No icon of a broken picture, nor its name in its place: the page says in words what is wrong with it.
  for (const [name, broken] of [['error', true], ['load', false]]) {
    document.addEventListener(name, ({target}) => {
      if (target.closest?.('.slot-picture, #scene') && target.matches('img')) target.classList.toggle('broken', broken);
    }, true);
  }

  // Gradio gives all three upload areas the same name, in words other than those on them.
  const nameUpload = ({element}) => {
    const card = element.closest('.slot');
    const name = () => {
      const area = card.querySelector('button.upload-container');
      if (area) area.setAttribute('aria-label', `${area.innerText.trim()} (${element.innerText.trim()})`);
    };
    new MutationObserver(name).observe(card, {subtree: true, childList: true, characterData: true});
    name();
  };

  const openLink = (number) => {
    document.querySelector(`#card-${number}`).classList.toggle('linking');
    document.querySelector(`#url-${number} input, #url-${number} textarea`)?.focus();
  };
  const closeLink = (number) => { document.querySelector(`#card-${number}`).classList.remove('linking'); };

  // A chip writes the name of its picture where the caret is.
  const insertName = (number, text) => {
    const area = document.querySelector('#prompt textarea');
    const from = area.selectionStart ?? text.length, to = area.selectionEnd ?? from;
    const name = document.querySelector(`#chip-${number}`).innerText.trim();
    const space = /[A-Za-z]/.test(name) && from > 0 && !/\s$/.test(text.slice(0, from)) ? ' ' : '';
    const caret = from + space.length + name.length;
    setTimeout(() => { area.focus(); area.setSelectionRange(caret, caret); }, 50);
    return text.slice(0, from) + space + name + text.slice(to);
  };
  const count = (text, limit) => {
    const length = [...text].length;
    return `<span class="${length > limit ? 'over' : ''}">${length} / ${limit}</span>`;
  };

  // On a phone the title opens and closes its section; on a wide screen every section is open, the title only a title.
  const fold = ({element, watch}) => {
    const narrow = matchMedia('(max-width: 760px)');
    const section = element.closest('.fold');
    const show = () => {
      const button = element.querySelector('.fold-head');
      button.disabled = !narrow.matches;
      button.setAttribute('aria-expanded', String(!narrow.matches || section.classList.contains('open')));
    };
    element.addEventListener('click', () => { if (narrow.matches) { section.classList.toggle('open'); show(); } });
    narrow.addEventListener('change', show);
    watch('value', show);
    show();
  };

  // What only has buttons: the stage, the facts under it, and the list of edits under Run.
  const buttons = ({element, trigger}, events) => {
    element.addEventListener('click', (event) => {
      const {act, edit, example} = event.target.closest('button')?.dataset ?? {};
      if (example) trigger('example', {index: Number(example)});
      else if (events.includes(act)) trigger(act, {id: edit});
    });
  };

  const handOverArchive = () => setTimeout(() => document.querySelector('#archive')?.click(), 100);
  return { buttons, closeLink, count, fold, handOverArchive, insertName, nameUpload, openLink };
})());

// What the parts of a slot are called, and the camera and the clipboard as sources of its picture.
Object.assign(window.qwenEdit, (() => {
  // Gradio gives all three upload areas the same name, in words other than those on them, and what stands in them has
  // names in English. A button that is only an icon says its name to the pointer, too.
  const call = (button, name) => {
    if (!button || !name || (button.title === name && button.ariaLabel === name)) return;
    button.title = name;
    button.setAttribute('aria-label', name);
  };
  const nameUpload = ({element, trigger}) => {
    const card = element.closest('.slot');
    const name = () => {
      const area = card.querySelector('button.upload-container');
      if (area) area.setAttribute('aria-label', `${area.innerText.trim()} (${element.innerText.trim()})`);
      const names = element.querySelector('[data-paste]')?.dataset ?? {};
      const [file, ...sources] = card.querySelectorAll('.source-selection .icon');
      if (file) file.dataset.kind = 'file';
      for (const button of sources) button.dataset.kind ??= /camera/i.test(button.ariaLabel) ? 'camera' : 'paste';
      for (const button of [file, ...sources]) call(button, names[button?.dataset.kind]);
      for (const tool of card.querySelectorAll('.slot-tools button')) call(tool, tool.textContent.trim());
      // What does not fit is told to the pointer.
      const facts = card.querySelector('.slot-facts .html-container');
      const cut = facts && [...facts.querySelectorAll('div')].some((each) => each.scrollHeight > each.clientHeight);
      if (facts) facts.title = cut ? facts.innerText : '';
    };
    new MutationObserver(name).observe(card, {subtree: true, childList: true, characterData: true});
    name();
    card.addEventListener('slot-move', ({detail}) => trigger('move', detail));
  };

  // Gradio leaves a slot in the camera or the clipboard for good, and says nothing where there is no camera or no picture:
  // here both lead back to choosing a file, and say why.
  const SAID = ['left-over', 'no-camera', 'no-picture'];
  const said = (name) => {
    for (const each of SAID) document.querySelector('#ask').classList.toggle(each, each === name);
  };
  const icon = (slot, kind) => slot.querySelector(`.source-selection [data-kind=${kind}]`);
  const filming = (slot) => slot?.querySelector('video') != null;
  let stream = null;
  const toFile = (slot) => {
    for (const track of stream?.getTracks() ?? []) track.stop(); // or its light stays on
    stream = null;
    const from = slot.contains(document.activeElement);
    icon(slot, 'file').click();
    if (from) requestAnimationFrame(() => slot.querySelector('button.upload-container').focus());
  };
  const failed = () => {
    for (const slot of [...document.querySelectorAll('.slot')].filter(filming)) toFile(slot);
    said('no-camera');
  };
  const media = navigator.mediaDevices, ask = media?.getUserMedia?.bind(media);
  if (ask) {
    media.getUserMedia = async (...wanted) => {
      try { stream = await ask(...wanted); return stream; } catch { failed(); }
      return new Promise(() => {}); // what asked is gone: it would only complain, in English
    };
  }
  // One press on the camera is enough.
  const film = (slot, tries = 20) => {
    const start = slot.querySelector('video ~ [title] > button');
    if (start) start.click(); else if (tries > 0) requestAnimationFrame(() => film(slot, tries - 1));
  };
  const paste = async (slot) => {
    try {
      for (const item of await navigator.clipboard.read()) {
        const type = item.types.find((each) => each.startsWith('image/'));
        if (!type) continue;
        window.qwenEdit.put(slot, new File([await item.getType(type)], `clipboard.${type.slice(6)}`, {type}));
        return;
      }
    } catch { /* it may not be read, or cannot be */ }
    said('no-picture');
  };
  document.addEventListener('click', (event) => {
    const button = event.target.closest?.('.source-selection .icon'), slot = button?.closest('.slot');
    if (!slot) return;
    said(null);
    const {kind} = button.dataset;
    if (kind === 'camera' && ask && !filming(slot)) film(slot);
    if (kind === 'file' || (kind === 'camera' && ask && !filming(slot))) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (kind === 'paste') paste(slot);
    else if (filming(slot)) toFile(slot);
    else said('no-camera');
  }, true);
  document.addEventListener('keydown', (event) => {
    const slot = event.target.closest?.('.slot');
    if (event.key === 'Escape' && filming(slot)) toFile(slot);
  });
  document.addEventListener('change', ({target}) => {
    if (target.closest?.('.slot')) document.querySelector('#ask').classList.remove('no-camera', 'no-picture');
  });

  return { nameUpload };
})());

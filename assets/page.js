// What concerns the whole page: its language, light or dark, the keyboard, and clocks that run between two messages.
window.qwenEdit = (() => {
  const read = (name, store = 'localStorage') => { try { return window[store].getItem(name); } catch { return null; } };
  const write = (name, value, store = 'localStorage') => {
    try { window[store].setItem(name, value); } catch { /* private window */ }
  };
  const root = document.documentElement;
  const language = () => {
    const wanted = new URLSearchParams(location.search).get('lang') || read('qwen-edit-language') || navigator.language;
    return wanted.toLowerCase().startsWith('zh') ? 'zh' : 'en';
  };
  // Whoever knows this name sees what was edited under it; without storage it lasts as long as the page.
  const named = () => {
    const known = read('qwen-edit-visitor') ?? '';
    if (/^[\w-]{32}$/.test(known)) return known;
    const letters = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(24))));
    const name = letters.replaceAll('+', '-').replaceAll('/', '_');
    write('qwen-edit-visitor', name);
    return name;
  };
  const visitor = named();
  // What is typed and not sent yet outlives a reload of this tab.
  const draft = read('qwen-edit-prompt', 'sessionStorage') ?? '';
  const keep = (text) => write('qwen-edit-prompt', text, 'sessionStorage');
  const show = () => root.classList.remove('qwen-edit-wait');
  const remember = (chosen) => { write('qwen-edit-language', chosen); root.lang = chosen === 'zh' ? 'zh-CN' : 'en'; };

  const theme = read('qwen-edit-theme');
  const address = new URL(location.href);
  if (theme && !address.searchParams.has('__theme')) {
    address.searchParams.set('__theme', theme);
    history.replaceState(null, '', address);
    document.body.classList.toggle('dark', theme === 'dark'); // Gradio has looked at __theme before it runs this script
  }
  const toggleTheme = () => {
    const dark = document.body.classList.toggle('dark');
    write('qwen-edit-theme', dark ? 'dark' : 'light');
    const here = new URL(location.href);
    here.searchParams.set('__theme', dark ? 'dark' : 'light');
    history.replaceState(null, '', here);
  };

  root.lang = language() === 'zh' ? 'zh-CN' : 'en';
  if (language() !== 'en') { // the page is drawn in English first: do not show that for a blink
    root.classList.add('qwen-edit-wait');
    setTimeout(show, 4000);
  }
  document.addEventListener('keydown', (event) => {
    // Only from within the form: whoever looks at the history or types a key does not see what it would cost.
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || !event.target.closest?.('#ask')) return;
    const run = document.querySelector('#run');
    if (run && !run.disabled) { event.preventDefault(); run.click(); }
  });

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

  const started = new WeakMap();
  setInterval(() => {
    for (const clock of document.querySelectorAll('[data-elapsed]')) {
      const { drawn, elapsed } = clock.dataset; // Gradio may put another clock's time into an element that is there
      if (started.get(clock)?.drawn !== drawn) {
        started.set(clock, { drawn, from: performance.now() - 1000 * Number(elapsed) });
      }
      const seconds = String(Math.floor((performance.now() - started.get(clock).from) / 1000));
      if (clock.textContent !== seconds) clock.textContent = seconds;
    }
  }, 200);
  return { draft, keep, language, remember, show, toggleTheme, visitor };
})();

// The results on the stage: which one is large, and how it is looked at beside what it was made of. The way of looking is
// remembered by the browser; nothing of it concerns the server but the choice of a result.
Object.assign(window.qwenEdit, (() => {
  const LOOKS = ['result', 'side', 'slider', 'changes'];
  const NOTICED = 16, LARGEST = 1024; // levels of 255, and pixels of the longer side of the map of changes
  const arrows = {ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1};

  // One of a group is chosen; Tab leads to it, and the arrow keys move on from there.
  const check = (button) => {
    for (const each of button.closest('[role=radiogroup]').querySelectorAll('[role=radio]')) {
      each.setAttribute('aria-checked', String(each === button));
      each.tabIndex = each === button ? 0 : -1;
    }
  };

  const goByArrows = (element, choose) => element.addEventListener('keydown', (event) => {
    const button = event.target.closest('[role=radio]'), step = arrows[event.key];
    if (!button || !step) return;
    event.preventDefault();
    const all = [...button.closest('[role=radiogroup]').querySelectorAll('[role=radio]')];
    const next = all.at((all.indexOf(button) + step) % all.length);
    next.focus();
    choose(next);
  });

  // Draws where two pictures differ, as they lie over each other, and returns in which part (0 to 1) of the first one.
  const drawChanges = (canvas, before, after) => {
    const scale = Math.min(1, LARGEST / Math.max(after.naturalWidth, after.naturalHeight));
    const width = Math.round(after.naturalWidth * scale), height = Math.round(after.naturalHeight * scale);
    Object.assign(canvas, {width, height});
    const context = canvas.getContext('2d', {willReadFrequently: true});
    const [one, map] = [before, after].map((image) => {
      context.drawImage(image, 0, 0, width, height);
      return context.getImageData(0, 0, width, height);
    });
    let changed = 0;
    for (let at = 0; at < map.data.length; at += 4) {
      const by = Math.max(...[0, 1, 2].map((channel) => Math.abs(one.data[at + channel] - map.data[at + channel])));
      if (by > NOTICED) changed += 1;
      map.data.set([255, 96, 0, by > NOTICED ? Math.min(230, 70 + 3 * by) : 0], at);
    }
    context.putImageData(map, 0, 0);
    return changed / (width * height);
  };

  // What the server has laid over what: null while it does, an empty text where it cannot be done.
  const laid = new Map();
  let showAgain = () => {};
  const laidOver = (said) => {
    const {edit, place, against, file} = JSON.parse(said || '{}');
    laid.set(JSON.stringify([edit, place, against]), file);
    showAgain();
  };

  const results = ({element, trigger, watch}) => {
    const find = (selector) => element.querySelector(selector);
    const checked = (group) => find(`${group} [aria-checked=true]`);
    const look = () => checked('.looks .ways')?.dataset.look ?? 'result';
    const version = () => checked('.looks .versions')?.dataset.version ?? 'put';
    let at = 50;
    // All of a result is moved and of another size: the server lays it over what it is looked at with.
    const key = () => {
      const place = checked('.choices')?.dataset.place ?? 0, {number} = find('.before').dataset;
      return JSON.stringify([find('.looks').dataset.shown, Number(place), Number(number)]);
    };
    const isWhole = () => version() === 'whole' || find('.after').dataset.put === find('.after').dataset.whole;
    const lie = (as) => {
      const after = find('.after'), own = after.dataset[version()];
      const wanted = as !== 'result' && as !== 'original' && isWhole() && !('running' in find('.looks').dataset);
      if (wanted && !laid.has(key())) {
        const [, place, against] = JSON.parse(key());
        laid.set(key(), null);
        trigger('lay', {place, against});
      }
      const file = (wanted && laid.get(key())) || (as === 'original' ? after.getAttribute('src') : own);
      if (after.getAttribute('src') !== file) after.src = file;
      return !wanted ? '' : laid.get(key()) === null ? 'laying' : laid.get(key()) === '' ? 'bySize' : '';
    };

    const show = (as = look()) => {
      const frame = find('.frame'), before = find('.before'), legend = find('.legend');
      if (!frame) return;
      frame.dataset.as = as;
      if (!before) return;
      // Only who compares has the other picture loaded.
      if (as !== 'result' && before.getAttribute('src') !== before.dataset.src) before.src = before.dataset.src;
      frame.style.setProperty('--at', `${at}%`);
      find('.divider').value = at;
      // While the original is held under the slider its line stays, or the page would jump.
      if (as !== 'original') legend.hidden = as !== 'side' && as !== 'slider';
      // In a later round “Original” is one of several that can be held, and the button says which it is.
      const held = find('.hold'), original = held.dataset.hold;
      const later = find('.against [role=radio]')?.dataset.words === original;
      held.textContent = later ? before.alt : original;
      legend.textContent = legend.dataset.legend.replace('{before}', before.alt).replace('{after}', find('.after').alt);
      const against = find('.against');
      if (against) against.hidden = as === 'result';
      const how = lie(as);
      if (how) legend.textContent += ` ${legend.dataset[how]}`;
      find('.changes').hidden = Boolean(how);
      if (as === 'changes') showChanges(how);
    };
    const showChanges = async (how) => {
      const [before, after, map, legend] = ['.before', '.after', '.changes', '.legend'].map(find);
      legend.hidden = false;
      if (how) { legend.textContent = legend.dataset[how === 'bySize' ? 'apart' : how]; return; }
      try { await Promise.all([before.decode(), after.decode()]); } catch { return; }
      if (find('.frame')?.dataset.as !== 'changes' || !after.naturalWidth) return;
      const part = drawChanges(map, before, after), percent = part > 0 && part < 0.01 ? '<1' : String(Math.round(100 * part));
      const said = !isWhole() ? legend.dataset.changesPut : legend.dataset.changes;
      legend.textContent = said.replace('{share}', percent);
    };
    const choose = (button) => {
      const {look: chosen, against, place, number, version: other, put, whole, words} = button.dataset, after = find('.after');
      check(button);
      if (chosen) window.qwenEdit.write('qwen-edit-look', chosen);
      if (against) Object.assign(Object.assign(find('.before'), {alt: words}).dataset, {src: against, number});
      if (place) {
        Object.assign(after, {alt: words});
        Object.assign(after.dataset, {put, whole});
      }
      if (place || other) {
        after.src = after.dataset[version()];
        trigger('select', {index: Number(checked('.choices')?.dataset.place ?? 0), whole: version() === 'whole'});
      }
      show();
    };

    showAgain = () => show();
    const draw = () => {
      const last = window.qwenEdit.read('qwen-edit-look'), again = LOOKS.includes(last) && find(`[data-look="${last}"]`);
      if (again) check(again);
      show();
    };
    element.addEventListener('click', (event) => {
      const button = event.target.closest('button');
      if (button?.matches('[role=radio]')) choose(button);
      if (button && 'full' in button.dataset) {
        if (document.fullscreenElement) document.exitFullscreen(); else find('.frame').requestFullscreen?.();
      }
    });
    goByArrows(element, choose);
    element.addEventListener('input', (event) => {
      if (!event.target.matches('.divider')) return;
      at = Number(event.target.value);
      show();
    });
    // The original is there for as long as the button, or its key, is held.
    const held = (event) => event.target.closest?.('[data-hold]');
    element.addEventListener('pointerdown', (event) => { if (held(event)) show('original'); });
    element.addEventListener('contextmenu', (event) => { if (held(event)) event.preventDefault(); });
    element.addEventListener('keydown', (event) => { if (held(event) && ' Enter'.includes(event.key)) show('original'); });
    element.addEventListener('keyup', (event) => { if (held(event)) show(); });
    element.addEventListener('focusout', (event) => { if (held(event)) show(); });
    for (const end of ['pointerup', 'pointercancel', 'blur']) addEventListener(end, () => show());
    element.addEventListener('error', (event) => event.target.closest('.frame, button')?.classList.add('gone'), true);
    element.addEventListener('load', (event) => event.target.closest('.frame, button')?.classList.remove('gone'), true);
    window.qwenEdit.zoom(element);
    watch('value', draw);
    draw();
  };

  // The rounds of one picture: the one that is shown is in sight, however many there are.
  const rounds = ({element, trigger, watch}, events) => {
    window.qwenEdit.buttons({element, trigger}, events);
    // A fade says that there is more; the wheel of a mouse moves it sideways.
    const fade = () => {
      const line = element.querySelector('.line');
      line?.classList.toggle('further', line.scrollLeft + line.clientWidth < line.scrollWidth - 8);
      line?.classList.toggle('earlier', line.scrollLeft > 8);
    };
    element.addEventListener('scroll', fade, true);
    addEventListener('resize', fade);
    element.addEventListener('wheel', (event) => {
      const line = event.target.closest('.line'), before = line?.scrollLeft;
      if (!line || Math.abs(event.deltaX) > Math.abs(event.deltaY)) return;
      line.scrollLeft += event.deltaY;
      if (line.scrollLeft !== before) event.preventDefault(); // at its end the page goes on
    }, {passive: false});
    const reveal = () => {
      const line = element.querySelector('.line'), here = line?.querySelector('[aria-current]');
      if (here) line.scrollLeft += here.getBoundingClientRect().right - line.getBoundingClientRect().right + 3;
      fade();
    };
    watch('value', () => requestAnimationFrame(reveal));
  };

  // A button that opens a few more; a press elsewhere, Escape, and each of them closes it again.
  const menu = ({element, watch}) => {
    const whole = element.closest('.menu'), head = () => element.querySelector('.menu-head');
    const isOpen = () => whole.classList.contains('open');
    const items = () => [...whole.querySelectorAll('.menu-body button')].filter((item) => item.checkVisibility());
    const set = (open) => {
      whole.classList.toggle('open', open);
      head().setAttribute('aria-expanded', String(open));
      if (open) place();
    };
    // It opens to the side and in the direction in which there is room on the screen.
    const place = () => {
      const from = whole.getBoundingClientRect(), body = whole.querySelector('.menu-body').getBoundingClientRect();
      whole.classList.toggle('to-the-right', from.right - body.width < 0);
      whole.classList.toggle('upwards', from.bottom + body.height + 8 > innerHeight && from.top > body.height + 8);
    };
    element.addEventListener('click', ({detail}) => {
      set(!isOpen());
      if (isOpen() && detail === 0) items()[0]?.focus(); // by the keyboard
    });
    whole.addEventListener('keydown', (event) => {
      const step = {ArrowUp: -1, ArrowDown: 1}[event.key];
      if (event.key === 'Escape' && isOpen()) { set(false); head().focus(); }
      if (!step) return;
      event.preventDefault();
      if (!isOpen()) set(true);
      const all = items(), at = all.indexOf(document.activeElement);
      all.at(at < 0 ? (step > 0 ? 0 : -1) : (at + step) % all.length).focus();
    });
    whole.querySelector('.menu-body').addEventListener('click', (event) => {
      if (!event.target.closest('button')) return;
      set(false);
      head().focus({preventScroll: true});
    });
    document.addEventListener('pointerdown', ({target}) => { if (isOpen() && !whole.contains(target)) set(false); });
    watch('value', () => set(isOpen()));
  };

  // Under the results: an edit as code, or a question.
  const panel = ({element, trigger}, events) => {
    const choose = (button) => {
      check(button);
      for (const text of element.querySelectorAll('[data-code]')) text.hidden = text.dataset.code !== button.dataset.kind;
    };
    element.addEventListener('click', async (event) => {
      const button = event.target.closest('button');
      if (!button) return;
      if (button.dataset.kind) choose(button);
      if (button.dataset.copy) {
        await navigator.clipboard?.writeText(element.querySelector('[data-code]:not([hidden])').textContent);
        button.textContent = button.dataset.copy;
      }
      if (events.includes(button.dataset.act)) trigger(button.dataset.act);
    });
    element.addEventListener('keydown', ({key}) => { if (key === 'Escape') trigger('close'); });
    goByArrows(element, choose);
    // The server does not know under which address this page was opened.
    const address = () => {
      for (const text of element.querySelectorAll('[data-code="gradio_client"]')) {
        if (!text.textContent.includes('Client("{address}")')) continue;
        text.textContent = text.textContent.replace('{address}', location.origin + location.pathname);
      }
    };
    new MutationObserver(address).observe(element, {childList: true, subtree: true});
  };
  const enterPanel = () => document.querySelector('#result-panel [data-first]')?.focus();
  const leavePanel = () => document.querySelector('#more-menu .menu-head')?.focus();

  return { check, enterPanel, goByArrows, laidOver, leavePanel, menu, panel, results, rounds };
})());

// The results on the stage: which one is large, and how it is looked at beside what it was made of. The way of looking is
// remembered by the browser; nothing of it concerns the server but the choice of a result.
Object.assign(window.qwenEdit, (() => {
  const LOOKS = ['result', 'side', 'slider'];
  const arrows = {ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1};

  // One of a group is chosen; Tab leads to it, and the arrow keys move on from there.
  const check = (button) => {
    for (const each of button.closest('[role=radiogroup]').querySelectorAll('[role=radio]')) {
      each.setAttribute('aria-checked', String(each === button));
      each.tabIndex = each === button ? 0 : -1;
    }
  };

  const results = ({element, trigger, watch}) => {
    const find = (selector) => element.querySelector(selector);
    const checked = (group) => find(`${group} [aria-checked=true]`);
    const look = () => checked('.looks .segments')?.dataset.look ?? 'result';
    let at = 50;

    const show = (as = look()) => {
      const frame = find('.frame'), before = find('.before'), legend = find('.legend');
      if (!frame) return;
      frame.dataset.as = as;
      if (!before) return;
      // Only who compares has the other picture loaded.
      if (as !== 'result' && before.getAttribute('src') !== before.dataset.src) before.src = before.dataset.src;
      frame.style.setProperty('--at', `${at}%`);
      find('.divider').value = at;
      legend.hidden = as !== 'side' && as !== 'slider';
      legend.textContent = legend.dataset.legend.replace('{before}', before.alt).replace('{after}', find('.after').alt);
      const against = find('.against');
      if (against) against.hidden = as === 'result';
    };
    const choose = (button) => {
      const {look: chosen, against, place, file, words} = button.dataset;
      check(button);
      if (chosen) window.qwenEdit.write('qwen-edit-look', chosen);
      if (against) Object.assign(find('.before'), {alt: words}).dataset.src = against;
      if (place) {
        Object.assign(find('.after'), {src: file, alt: words});
        trigger('select', {index: Number(place)});
      }
      show();
    };

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
    element.addEventListener('keydown', (event) => {
      const button = event.target.closest('[role=radio]'), step = arrows[event.key];
      if (!button || !step) return;
      event.preventDefault();
      const all = [...button.closest('[role=radiogroup]').querySelectorAll('[role=radio]')];
      const next = all.at((all.indexOf(button) + step) % all.length);
      next.focus();
      choose(next);
    });
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
    watch('value', draw);
    draw();
  };

  return { results };
})());

// A result in its own pixels: a press on it, or on its button, changes between that and all of it; a drag moves it.
Object.assign(window.qwenEdit, (() => {
  const zoom = (element) => {
    const frame = () => element.querySelector('.frame');
    const set = (actual, across = 0.5, down = 0.5) => {
      const box = frame(), button = element.querySelector('[data-actual]');
      if (!box || !button) return;
      box.classList.toggle('actual', actual);
      button.setAttribute('aria-pressed', String(actual));
      if (actual) box.scrollTo(across * box.scrollWidth - box.clientWidth / 2, down * box.scrollHeight - box.clientHeight / 2);
    };
    const isActual = () => frame()?.classList.contains('actual');
    // Where on the picture it was pressed: the frame is wider or higher than what is shown of it whole.
    const spot = ({offsetX, offsetY}, image) => {
      const scale = Math.min(image.clientWidth / image.naturalWidth, image.clientHeight / image.naturalHeight);
      const at = (offset, room, side) => Math.min(1, Math.max(0, (offset - (room - side * scale) / 2) / (side * scale)));
      return [at(offsetX, image.clientWidth, image.naturalWidth), at(offsetY, image.clientHeight, image.naturalHeight)];
    };
    let from = null, moved = false;
    element.addEventListener('pointerdown', (event) => {
      moved = false;
      if (!isActual() || event.pointerType === 'touch' || !event.target.matches('.after')) return;
      from = {x: event.clientX + frame().scrollLeft, y: event.clientY + frame().scrollTop, start: [event.clientX, event.clientY]};
    });
    addEventListener('pointermove', ({clientX, clientY}) => {
      if (!from) return;
      moved ||= Math.hypot(clientX - from.start[0], clientY - from.start[1]) > 4;
      if (moved) frame().scrollTo(from.x - clientX, from.y - clientY);
    });
    for (const end of ['pointerup', 'pointercancel', 'blur']) addEventListener(end, () => { from = null; });
    element.addEventListener('click', (event) => {
      const {target} = event;
      if (target.closest('[data-actual]')) set(!isActual());
      else if (target.closest('[role=radio][data-look]')) set(false);
      else if (target.matches('.frame[data-as=result] .after') && !moved) set(!isActual(), ...spot(event, target));
    });
    document.addEventListener('keydown', ({key}) => { if (key === 'Escape' && isActual()) set(false); });
  };
  return { zoom };
})());

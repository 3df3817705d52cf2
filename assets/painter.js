// The painter on the stage: where a person says what may change, with mouse, finger or keys. Places are parts of the
// picture's width and height; the width of a brush is a part of the longer side. The server draws the mask anew from
// what is said here (ui/region.py), so both must paint alike.
Object.assign(window.qwenEdit, (() => {
  const SIDE = 1024, NEAR = 0.002, STEP = 0.02, VEIL = 'rgb(0 0 0 / 62%)';
  const clone = () => document.createElement('canvas');
  let said = {form: null, again: null}; // what the server is to be told, see `painted`

  // A mask on the disk is black and white; painted pixels are those that are there at all.
  const asShape = (image, width, height) => {
    const canvas = Object.assign(clone(), {width, height}), context = canvas.getContext('2d');
    context.drawImage(image, 0, 0, width, height);
    const pixels = context.getImageData(0, 0, width, height);
    for (let at = 0; at < pixels.data.length; at += 4) pixels.data[at + 3] = pixels.data[at] > 127 ? 255 : 0;
    context.putImageData(pixels, 0, 0);
    return canvas;
  };

  const addStroke = (context, {tool, width, points}, erases = false) => {
    const {canvas} = context, at = ([x, y]) => [x * canvas.width, y * canvas.height];
    context.globalCompositeOperation = erases || tool === 'eraser' ? 'destination-out' : 'source-over';
    if (tool === 'rectangle') {
      const [[left, top], [right, bottom]] = [at(points[0]), at(points.at(-1))];
      context.fillRect(Math.min(left, right), Math.min(top, bottom), Math.abs(right - left), Math.abs(bottom - top));
      return;
    }
    Object.assign(context, {lineWidth: width * Math.max(canvas.width, canvas.height), lineCap: 'round', lineJoin: 'round'});
    context.beginPath();
    for (const point of points) context.lineTo(...at(point));
    context.stroke();
    context.beginPath(); // a line without a length would not be drawn
    context.arc(...at(points[0]), context.lineWidth / 2, 0, 2 * Math.PI);
    context.fill();
  };

  const painter = ({element, trigger, watch}) => {
    let now = null; // what is being painted: null while the painter is not on the stage
    const find = (selector) => element.querySelector(selector);

    const begin = () => {
      const section = find('.painter');
      if (!section) { now = null; return; }
      const {sketch, sheets} = section.dataset, image = find('.sheet img');
      const region = sketch ? unfinished(JSON.parse(sketch)) : JSON.parse(section.dataset.region);
      const others = [...section.querySelectorAll('[data-result]')].map(({dataset}) => (
        {place: Number(dataset.result), mask: clone(), image: Object.assign(new Image(), {onload: () => now && draw(), src: dataset.file})}
      ));
      const mine = {sheets: sketch && JSON.parse(sheets), region, others, chosen: others[0]?.place ?? 0, mask: clone(), base: null, earlier: [], stroke: null, tool: 'brush', cursor: [0.5, 0.5], down: false};
      now = mine;
      const ready = () => {
        if (now !== mine || (image && !image.naturalWidth)) return;
        const sides = image ? [image.naturalWidth, image.naturalHeight] : mine.sheets[region.shape];
        const scale = Math.min(1, SIDE / Math.max(...sides));
        for (const canvas of [mine.mask, find('canvas'), ...others.map(({mask}) => mask)]) {
          [canvas.width, canvas.height] = sides.map((side) => Math.max(1, Math.round(side * scale)));
        }
        fit();
        draw();
        describe();
        if (!region.base) return;
        const base = new Image();
        base.onload = () => { mine.base = asShape(base, mine.mask.width, mine.mask.height); draw(); describe(); };
        base.src = region.base_url;
      };
      for (const [name, value] of Object.entries({feather: region.feather, tone: region.tone, crop: region.crop})) {
        if (find(`[data-${name}]`)) set(`[data-${name}]`, value);
      }
      if (!others.length && !sketch) window.qwenEdit.check(find(`[data-keep="${region.keep ? 'keep' : ''}"]`));
      find('[data-width]').value = window.qwenEdit.read(brush()) ?? find('[data-width]').value;
      if (!image || image.complete) ready(); else image.onload = ready;
      if (!sketch) return;
      find('[data-shape]').value = region.shape;
      if (region.strokes.length) tell();
    };
    const brush = () => (now.sheets ? 'qwen-edit-pen' : 'qwen-edit-brush');
    // What was drawn for this slot before the page was loaded anew is there again.
    const unfinished = (region) => {
      const kept = JSON.parse(window.qwenEdit.read('qwen-edit-sketch', 'sessionStorage') || 'null');
      return kept?.slot === region.slot && !region.strokes.length ? kept : region;
    };
    // On a sheet of another shape the drawing keeps its own: it stays in the middle, as large as it is.
    const reshape = (shape) => {
      const {region, sheets} = now, before = sheets[region.shape], after = sheets[shape];
      const moved = (at, axis) => rounded(0.5 + (at - 0.5) * before[axis] / after[axis]);
      region.strokes = region.strokes.map((stroke) => ({
        ...stroke, width: stroke.width * Math.max(...before) / Math.max(...after), points: stroke.points.map((point) => point.map(moved)),
      }));
      Object.assign(region, {shape});
      now.earlier = [];
      for (const canvas of [now.mask, find('canvas')]) [canvas.width, canvas.height] = after;
      fit();
      draw();
      tell();
    };
    const set = (selector, value) => { find(selector).checked = value; };

    // The picture is shown whole, and the canvas lies exactly over it.
    const fit = () => {
      const sheet = find('.sheet'), easel = find('.easel');
      if (!now || !sheet) return;
      Object.assign(sheet.style, {width: '', height: ''}); // or a low easel would stay as low as what stood in it
      const {width, height} = find('canvas'), room = easel.getBoundingClientRect();
      const most = Math.max(160, Math.min(easel.clientHeight || 520, 520));
      const scale = Math.min(room.width / width, most / height);
      Object.assign(sheet.style, {width: `${Math.floor(width * scale)}px`, height: `${Math.floor(height * scale)}px`});
    };

    const width = () => Number(find('[data-width]').value) / 100;
    const draw = () => {
      if (!now) return;
      const shape = now.mask.getContext('2d');
      shape.globalCompositeOperation = 'source-over';
      shape.clearRect(0, 0, now.mask.width, now.mask.height);
      if (now.base && now.region.base) shape.drawImage(now.base, 0, 0);
      const strokes = [...now.region.strokes, ...(now.stroke ? [now.stroke] : [])];
      for (const stroke of strokes) addStroke(shape, stroke);
      for (const {place, mask} of now.others) {
        const context = mask.getContext('2d');
        context.clearRect(0, 0, mask.width, mask.height);
        // What shows another result does not show this one any more.
        for (const stroke of strokes) addStroke(context, stroke, stroke.result !== place);
      }
      show();
    };
    // What is not painted lies under a veil; a white line runs along the edge.
    const show = () => {
      const canvas = find('canvas'), context = canvas.getContext('2d'), {mask} = now;
      const edge = Object.assign(clone(), {width: mask.width, height: mask.height}), line = edge.getContext('2d');
      const reach = Math.max(1, 1.6 * canvas.width / Math.max(1, canvas.clientWidth));
      for (let turn = 0; turn < 8; turn += 1) {
        line.drawImage(mask, reach * Math.cos(turn * Math.PI / 4), reach * Math.sin(turn * Math.PI / 4));
      }
      line.globalCompositeOperation = 'source-in';
      line.fillStyle = '#fff';
      line.fillRect(0, 0, edge.width, edge.height);
      line.globalCompositeOperation = 'destination-out';
      line.drawImage(mask, 0, 0);
      context.globalCompositeOperation = 'source-over';
      context.clearRect(0, 0, canvas.width, canvas.height);
      if (now.sheets) { context.drawImage(mask, 0, 0); return; }
      if (now.others.length) { showOthers(context); context.drawImage(edge, 0, 0); return; }
      context.fillStyle = VEIL;
      context.fillRect(0, 0, canvas.width, canvas.height);
      context.globalCompositeOperation = 'destination-out';
      context.drawImage(mask, 0, 0);
      context.globalCompositeOperation = 'source-over';
      context.drawImage(edge, 0, 0);
    };
    const showOthers = (context) => {
      for (const {mask, image} of now.others) {
        if (!image.complete || !image.naturalWidth) continue;
        const part = Object.assign(clone(), {width: mask.width, height: mask.height}), cut = part.getContext('2d');
        cut.drawImage(mask, 0, 0);
        cut.globalCompositeOperation = 'source-in';
        cut.drawImage(image, 0, 0, part.width, part.height);
        context.drawImage(part, 0, 0);
      }
    };
    const share = () => {
      const small = Object.assign(clone(), {width: 128, height: 128}), context = small.getContext('2d');
      context.drawImage(now.mask, 0, 0, 128, 128);
      const {data} = context.getImageData(0, 0, 128, 128);
      let painted = 0;
      for (let at = 3; at < data.length; at += 4) painted += data[at];
      return painted / 255 / 128 / 128;
    };

    const describe = () => {
      const {region} = now, line = find('[role=status]'), part = share(), {dataset} = line;
      const percent = part > 0 && part < 0.01 ? '<1' : String(Math.round(100 * part));
      line.textContent = part ? (now.others.length ? dataset.mixed : region.keep ? dataset.shareKeep : dataset.share).replace('{share}', percent) : dataset.nothing;
      return part > 0;
    };
    // Said only when a movement is over: the server looks at each word of it.
    const tell = () => {
      const {region} = now;
      for (const name of ['feather', 'tone', 'crop']) region[name] = find(`[data-${name}]`)?.checked ?? region[name];
      region.keep = find('[data-keep="keep"]')?.ariaChecked === 'true';
      const part = describe(), {base_url: _, ...told} = region;
      said = {form: null, again: null, [now.sheets ? 'sketch' : region.edit ? 'again' : 'form']: part ? JSON.stringify(told) : ''};
      if (now.sheets) window.qwenEdit.write('qwen-edit-sketch', said.sketch, 'sessionStorage');
      trigger(now.sheets ? 'drawn' : 'painted');
    };
    const remember = () => now.earlier.push({strokes: now.region.strokes, base: now.region.base});
    const add = (stroke) => {
      remember();
      now.region.strokes = [...now.region.strokes, stroke];
      now.stroke = null;
      draw();
      tell();
    };
    const undo = () => {
      const before = now.earlier.pop();
      if (!before) return;
      Object.assign(now.region, before);
      draw();
      tell();
    };
    const clear = () => {
      if (!now.region.strokes.length && !now.region.base) return;
      remember();
      Object.assign(now.region, {strokes: [], base: ''});
      draw();
      tell();
    };

    const rounded = (value) => Math.round(value * 1e4) / 1e4;
    const place = (event) => {
      const box = find('canvas').getBoundingClientRect();
      return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height].map(rounded);
    };
    const extend = (point) => {
      const {points, tool} = now.stroke, last = points.at(-1);
      if (Math.hypot(point[0] - last[0], point[1] - last[1]) < NEAR) return;
      if (tool === 'rectangle') points.splice(1, points.length, point); else points.push(point);
    };
    const start = (point) => { now.stroke = {tool: now.tool, width: width(), points: [point], result: now.chosen}; };
    const nib = (point) => {
      const mark = find('.nib'), box = find('canvas').getBoundingClientRect();
      const size = now.tool === 'rectangle' ? 8 : width() * Math.max(box.width, box.height);
      now.cursor = point;
      Object.assign(mark.style, {left: `${100 * point[0]}%`, top: `${100 * point[1]}%`, width: `${size}px`, height: `${size}px`});
    };

    element.addEventListener('pointerdown', (event) => {
      if (!now || !event.target.matches('canvas') || event.button > 0 || !event.isPrimary) return;
      event.preventDefault();
      event.target.focus({preventScroll: true});
      try { event.target.setPointerCapture(event.pointerId); } catch { /* it has been lifted already */ }
      start(place(event));
      nib(place(event));
      draw();
    });
    element.addEventListener('pointermove', (event) => {
      if (!now || !event.target.matches('canvas')) return;
      nib(place(event));
      if (!now.stroke || now.down) return;
      for (const each of event.getCoalescedEvents?.() ?? [event]) extend(place(each));
      extend(place(event));
      draw();
    });
    const lift = () => { if (now?.stroke && !now.down) add(now.stroke); };
    element.addEventListener('pointerup', lift);
    element.addEventListener('pointercancel', lift);

    const choose = (button) => {
      window.qwenEdit.check(button);
      if (button.dataset.result) now.chosen = Number(button.dataset.result);
      else if (button.dataset.tool) { now.tool = button.dataset.tool; nib(now.cursor); } else tell();
    };
    element.addEventListener('click', (event) => {
      const button = event.target.closest('button');
      if (!button || !now) return;
      const {dataset} = button;
      if (button.matches('[role=radio]')) choose(button);
      if ('undo' in dataset) undo();
      if ('clear' in dataset) clear();
      if ('cancel' in dataset) trigger('done');
      if ('done' in dataset) {
        if (now.sheets) window.qwenEdit.write('qwen-edit-sketch', '', 'sessionStorage');
        trigger(now.sheets ? 'used' : 'done');
      }
      if ('remove' in dataset) { trigger('remove'); }
    });
    window.qwenEdit.goByArrows(element, choose);
    element.addEventListener('input', (event) => {
      if (!event.target.matches('[data-width]')) return;
      window.qwenEdit.write(brush(), event.target.value);
      nib(now.cursor);
    });
    element.addEventListener('change', ({target}) => {
      if (target.matches('[type=checkbox]')) tell();
      if (target.matches('[data-shape]')) reshape(target.value);
    });

    const change = (by) => {
      const slider = find('[data-width]');
      slider.value = Number(slider.value) + by * Number(slider.step || 1);
      slider.dispatchEvent(new Event('input', {bubbles: true}));
    };
    const ARROWS = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};
    const LETTERS = {b: 'brush', e: 'eraser', r: 'rectangle'};
    const byKey = (event) => {
      const {key, target} = event, onCanvas = target.matches('canvas');
      if ((event.ctrlKey || event.metaKey) && key.toLowerCase() === 'z') { undo(); return true; }
      if (event.ctrlKey || event.metaKey || event.altKey) return false;
      const tool = find(`[data-tool="${LETTERS[key.toLowerCase()]}"]`);
      if (tool) { choose(tool); return true; }
      if (key === '[' || key === ']') { change(key === '[' ? -2 : 2); return true; }
      if (key === 'Escape') {
        if (now.stroke) { now.stroke = null; now.down = false; draw(); } else trigger('done');
        return true;
      }
      if (!onCanvas) return false;
      if (ARROWS[key]) {
        const step = event.shiftKey ? STEP / 4 : STEP;
        nib(now.cursor.map((at, axis) => rounded(Math.min(1, Math.max(0, at + step * ARROWS[key][axis])))));
        if (now.stroke) { extend(now.cursor); draw(); }
        return true;
      }
      if (key !== ' ' && key !== 'Enter') return false;
      now.down = !now.down;
      if (now.down) { start(now.cursor); draw(); } else add(now.stroke);
      return true;
    };
    element.addEventListener('keydown', (event) => {
      if (!now || !byKey(event)) return;
      event.preventDefault();
      event.stopPropagation();
    });
    // It may be filled in before it is shown.
    new ResizeObserver(fit).observe(element);
    watch('value', begin);
    begin();
  };

  // What the server is told of the regions: that of the form, and that of results that are painted again.
  const painted = (form, again) => [said.form ?? form, said.again ?? again];
  const drawn = (sketch) => said.sketch ?? sketch;
  // Focus goes to what was opened and back to where it came from; on a phone the stage is further down.
  let came = null;
  const enterPainter = () => {
    came = document.activeElement;
    document.querySelector('.painter canvas, .painter [data-kind][aria-checked=true]')?.focus({preventScroll: true});
    if (!matchMedia('(max-width: 760px)').matches) return;
    // Only once it has its height is there far enough to go.
    requestAnimationFrame(() => requestAnimationFrame(() => {
      document.querySelector('#stage-heading')?.scrollIntoView({block: 'start'});
    }));
  };
  const leavePainter = () => {
    if (document.querySelector('.painter') || document.activeElement !== document.body) return;
    const others = document.querySelectorAll('#pasted [data-act="repaint"], .tool.i-brush');
    [came, ...others].find((each) => each?.isConnected && each.checkVisibility())?.focus();
  };
  return { drawn, enterPainter, leavePainter, painted, painter };
})());

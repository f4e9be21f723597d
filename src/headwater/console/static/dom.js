// Elements in one line: h("button", { class: "primary", on: { click: save } }, "Save").
//
// props: attributes by name; `on` for listeners, `style` for an object of CSS properties, `data`
// for data-*; true sets an attribute without a value, null, undefined and false leave it out.
// children: nodes, texts, arrays of them; null and false are left out. Text is never read as HTML.

const SVG = "http://www.w3.org/2000/svg";

export function h(tag, props, ...children) {
  return fill(document.createElement(tag), props, children);
}

export function svg(tag, props, ...children) {
  return fill(document.createElementNS(SVG, tag), props, children);
}

function fill(element, props, children) {
  for (const [name, value] of Object.entries(props || {})) setProp(element, name, value);
  append(element, children);
  return element;
}

function setProp(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name === "on") {
    for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
  } else if (name === "style") {
    for (const [property, text] of Object.entries(value)) element.style.setProperty(property, text);
  } else if (name === "data") {
    Object.assign(element.dataset, value);
  } else if (name === "value" || name === "checked" || name === "disabled") {
    element[name] = value;
  } else {
    element.setAttribute(name, value === true ? "" : value);
  }
}

function append(element, children) {
  for (const child of children) {
    if (Array.isArray(child)) append(element, child);
    else if (child !== null && child !== undefined && child !== false) element.append(child);
  }
}

// Replace what is in an element.
export function put(element, ...children) {
  const made = document.createDocumentFragment();
  append(made, children);
  element.replaceChildren(made);
  return element;
}

// Keep the children of `container` equal to `items`: elements are made once for each key, told of
// changes, and put in order; so focus, selection and scrolling stay where they are. Of items whose
// keys are equal each has an element too.
export function keyed(container, items, keyOf, make, update = () => {}) {
  const had = container.kept || new Map();
  const kept = new Map();
  let place = container.firstChild;
  for (const item of items) {
    let key = keyOf(item);
    for (let times = 2; kept.has(key); times += 1) key = `${keyOf(item)} (${times})`;
    let element = had.get(key);
    if (element) had.delete(key);
    else element = make(item);
    update(element, item);
    kept.set(key, element);
    if (element === place) place = place.nextSibling;
    else container.insertBefore(element, place);
  }
  for (const element of had.values()) element.remove();
  container.kept = kept;
}

// One stroke of 24 units: the icons of the console.
export function icon(path, label) {
  const props = { viewBox: "0 0 24 24", class: "icon", "aria-hidden": label ? null : "true" };
  if (label) Object.assign(props, { role: "img", "aria-label": label });
  return svg("svg", props, svg("path", { d: path }));
}

// Every text that can be seen whose letters stand out less than 4.5 to 1, as WCAG 2 weighs it: [[ratio, which], …]
(() => {
  const parts = (colour) => colour.match(/[\d.]+/g).map(Number);
  const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * linear(r / 255) + 0.7152 * linear(g / 255) + 0.0722 * linear(b / 255);
  const below = (element) => {
    const colour = parts(getComputedStyle(element).backgroundColor);
    return colour[3] === 0 ? below(element.parentElement) : colour;
  };
  const hasText = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  const seen = (element) => element.checkVisibility() && !element.closest("svg, .numbers") && hasText(element);
  return [...document.querySelectorAll("body *")].filter(seen).map((element) => {
    const own = light(parts(getComputedStyle(element).color)), other = light(below(element));
    const ratio = (Math.max(own, other) + 0.05) / (Math.min(own, other) + 0.05);
    return [ratio, `${element.tagName}.${element.className}: ${element.textContent.slice(0, 30)}`];
  }).filter(([ratio]) => ratio < 4.5);
})()

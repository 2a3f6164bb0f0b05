/** What moves: one moment under the pointer, marked in all charts, with its values. The page says the same without it. */
export const SCRIPT = `
(() => {
  const time = document.querySelector(".time");
  if (time === null) return;
  const { fromMs, widthMs, count } = JSON.parse(time.dataset.axis);
  const tip = document.getElementById("tip");
  const cursor = document.getElementById("cursor");
  const show = (value) => {
    if (typeof value !== "number") return value ?? "–";
    return value >= 1000 ? (value / 1000).toFixed(2) + " s" : value + " ms";
  };
  const hide = () => { tip.style.display = cursor.style.display = "none"; };
  for (const chart of time.querySelectorAll(".chart")) {
    const lines = JSON.parse(chart.dataset.lines);
    const plot = chart.querySelector("svg");
    chart.addEventListener("pointermove", (event) => {
      const box = plot.getBoundingClientRect();
      const share = (event.clientX - box.left) / box.width;
      if (share < 0 || share >= 1) { hide(); return; }
      const bin = Math.min(count - 1, Math.floor(share * count));
      tip.replaceChildren();
      const head = document.createElement("b");
      head.textContent = ((fromMs + bin * widthMs) / 1000).toFixed(1) + " s";
      tip.append(head);
      for (const line of lines) {
        const row = document.createElement("div");
        row.textContent = line.name + ": " + show(line.values[bin]);
        tip.append(row);
      }
      tip.style.display = cursor.style.display = "block";
      const left = event.clientX + 14 + tip.offsetWidth > innerWidth ? event.clientX - tip.offsetWidth - 14 : event.clientX + 14;
      tip.style.left = Math.max(4, left) + "px";
      tip.style.top = Math.min(innerHeight - tip.offsetHeight - 4, event.clientY + 14) + "px";
      cursor.style.left = event.clientX - time.getBoundingClientRect().left + "px";
    });
    chart.addEventListener("pointerleave", hide);
  }
})();
`;

"use strict";
(() => {
  const specs = JSON.parse(document.getElementById("specs").textContent);
  const ink = "var(--ink)", muted = "var(--muted)", line = "var(--line)";
  const config = {
    aria: false, // the element around the drawing says what it shows
    background: null,
    font: "system-ui, -apple-system, Segoe UI, Roboto, Helvetica Neue, Arial, sans-serif",
    view: { stroke: null },
    axis: {
      labelColor: ink, titleColor: muted, gridColor: line, domainColor: muted, tickColor: muted,
      labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal", labelLimit: 150,
    },
    legend: { labelColor: ink, titleColor: muted, labelFontSize: 12, titleFontSize: 12 },
    text: { fontSize: 12 },
  };
  const options = {
    mode: "vega-lite", renderer: "svg", actions: false, ast: true, defaultStyle: false, config,
  };
  for (const holder of document.querySelectorAll(".chart")) {
    vegaEmbed(holder, specs[holder.id], options).then(
      () => { holder.dataset.drawn = "yes"; },
      (error) => {
        holder.textContent = "This chart could not be drawn. The table below has its numbers.";
        holder.classList.add("failed");
        console.error(holder.id, error);
      },
    );
  }
})();

"use strict";
(() => {
  const specs = JSON.parse(document.getElementById("specs").textContent);
  const ink = "var(--ink)", muted = "var(--muted)", line = "var(--line)";
  const config = {
    background: null,
    font: "system-ui, -apple-system, Segoe UI, Roboto, Helvetica Neue, Arial, sans-serif",
    view: { stroke: null },
    axis: {
      labelColor: ink, titleColor: muted, gridColor: line, domainColor: muted, tickColor: muted,
      labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal", labelSeparation: 6,
      // Long names of products, and room for their bars. What `width` is depends on them.
      labelLimit: { expr: "width && max(110, 0.45 * containerSize()[0])" },
    },
    legend: { labelColor: ink, titleColor: muted, labelFontSize: 12, titleFontSize: 12 },
    text: { fontSize: 12 },
  };
  const options = {
    mode: "vega-lite", renderer: "svg", actions: false, ast: true, defaultStyle: false,
    tooltip: { disableDefaultStyle: true }, config,
  };
  const drawn = [];
  for (const holder of document.querySelectorAll(".chart")) {
    // The holder says what the drawing shows: Vega's own words are for each mark, and it would change the holder's role.
    const place = document.createElement("div");
    place.setAttribute("aria-hidden", "true");
    holder.append(place);
    vegaEmbed(place, specs[holder.id], options).then(
      ({ view }) => {
        view.resize().run(); // once more: what axes and legends need depends on the width that they leave
        holder.dataset.drawn = "yes";
        drawn.push({ holder, view });
      },
      (error) => {
        holder.textContent = "This chart could not be drawn. What it shows is said above, and in the table where there is one.";
        holder.classList.add("failed");
        console.error(holder.id, error);
      },
    );
  }
  const fit = () => {
    for (const { holder, view } of drawn) {
      view.signal("width", holder.clientWidth).run();
      view.resize().run();
    }
  };
  // Vega follows the width by itself, but once, and after this event: what it leaves is then fitted.
  addEventListener("resize", () => requestAnimationFrame(fit));
  // Charts fit the paper; where the numbers come from, and those of a grid without any in it, are printed, too.
  let opened = [];
  addEventListener("beforeprint", () => {
    document.body.classList.add("printed");
    fit();
    opened = [...document.querySelectorAll("#how details:not([open]), #weekdays details:not([open])")];
    for (const part of opened) part.open = true;
  });
  addEventListener("afterprint", () => {
    document.body.classList.remove("printed");
    fit();
    for (const part of opened) part.open = false;
  });
})();

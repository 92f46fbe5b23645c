"""What a page has drawn, asked in its own language: marks, contrasts, and words that are cut off."""

# Marks in each drawing: the elements of Vega's scene without its axes, legends and backgrounds.
MARKS = """
() => [...document.querySelectorAll('.chart')].map(holder => [holder.id, [...holder.querySelectorAll(
    '.mark-rect.role-mark path, .mark-arc.role-mark path, .mark-symbol.role-mark path, .mark-line.role-mark path'
)].filter(mark => mark.getAttribute('d') && getComputedStyle(mark).opacity !== '0').length])
"""
# WCAG's contrast of each label of a grid against the cell below it.
CONTRASTS = """
() => {
    const light = color => {
        const [r, g, b] = color.match(/[\\d.]+/g).map(Number).map(v => v / 255)
            .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const found = [];
    for (const chart of document.querySelectorAll('#standardised .chart, #scores .chart, #moves .chart')) {
        const cells = [...chart.querySelectorAll('.mark-rect.role-mark path')].map(c => [c, c.getBoundingClientRect()]);
        for (const label of chart.querySelectorAll('.mark-text.role-mark text')) {
            const { x, y, width, height } = label.getBoundingClientRect();
            const over = cells.find(([, box]) => box.left < x + width / 2 && x + width / 2 < box.right
                && box.top < y + height / 2 && y + height / 2 < box.bottom);
            const below = over ? getComputedStyle(over[0]).fill : getComputedStyle(document.body).backgroundColor;
            const [a, b] = [light(getComputedStyle(label).fill), light(below)].sort((p, q) => q - p);
            if (label.textContent) found.push([chart.id, label.textContent, (a + 0.05) / (b + 0.05)]);
        }
    }
    return found;
}
"""
DRAWN = "[...document.querySelectorAll('.chart')].every(c => c.dataset.drawn)"
CUT_OFF = """charts => charts.flatMap(chart => {
    const svg = chart.querySelector("svg"), edge = svg.getBoundingClientRect();
    return [...svg.querySelectorAll("text")]
        .filter(text => text.textContent.trim() && text.getAttribute("opacity") !== "0")
        .map(text => [text.textContent, text.getBoundingClientRect()])
        .filter(([, box]) => box.width && (box.left < edge.left - 2 || box.right > edge.right + 2 ||
                                           box.top < edge.top - 2 || box.bottom > edge.bottom + 2))
        .map(([words]) => `${chart.id}: ${words}`);
})"""
FITS = """[...document.querySelectorAll(".chart")].every(
    chart => Math.abs(chart.querySelector("svg").getBoundingClientRect().width - chart.clientWidth) < 2)"""
NEXT_FRAMES = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
# Labels side by side on an axis with less than the width of a digit between them, those aslant aside.
TOUCHING = """charts => charts.flatMap(chart => [...chart.querySelectorAll(".role-axis-label")].flatMap(axis => {
    const labels = [...axis.querySelectorAll("text")]
        .filter(text => text.getAttribute("opacity") !== "0" && !text.getAttribute("transform").includes("rotate(-60"))
        .map(text => [text.textContent, text.getBoundingClientRect()]);
    return labels.slice(1)
        .map(([words, box], place) => [`${labels[place][0]} ${words}`, box, labels[place][1]])
        .filter(([, box, before]) => Math.abs(box.top - before.top) < 2 && box.left - before.right < 5)
        .map(([words]) => `${chart.id}: ${words}`);
}))"""

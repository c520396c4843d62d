import { loadBundle } from "@web/core/assets";
import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";
import { SHOWN } from "@tenant_billing/portal/panels";

const MARKERS = ["circle", "rect", "triangle", "rectRot"];
const CALM = "(prefers-reduced-motion: reduce)";

/**
 * Draws the rows of a list or table as a chart, once its tab is open, and again when they changed.
 * The rows are the page's own: `data-value`, `data-label` and `data-text` of each. Where charts
 * cannot be loaded, the rows stay.
 */
export class TenantChart extends Interaction {
    static selector = ".o_tb_chart";
    dynamicContent = {
        _document: { [`t-on-${SHOWN}`]: this.draw },
    };

    setup() {
        this.registerCleanup(() => this.chart?.destroy());
    }

    start() {
        this.waitForTimeout(this.draw, 0); // when the tabs know which of them is open
    }

    get list() {
        return this.el.parentElement.querySelector(`[data-part="${this.el.dataset.of}"]`);
    }

    async draw() {
        if (!this.el.parentElement.offsetParent) {
            return;
        }
        const rows = [...this.list.querySelectorAll("[data-value]")].map((el) => ({
            ...el.dataset,
            value: Number(el.dataset.value),
        }));
        const drawn = JSON.stringify(rows);
        if (drawn === this.drawn) {
            return;
        }
        this.drawn = drawn;
        try {
            await loadBundle("web.chartjs_lib");
        } catch {
            return;
        }
        if (this.isDestroyed || drawn !== this.drawn) {
            return;
        }
        this.protectSyncAfterAsync(() => this.show(rows))();
    }

    show(rows) {
        const isFirst = !this.chart;
        this.chart?.destroy();
        this.chart = null;
        this.el.classList.toggle("o_tb_drawn", rows.length > 0);
        if (!rows.length) {
            return;
        }
        if (isFirst) {
            this.list.querySelector("details[data-closes]")?.removeAttribute("open");
        }
        const config = this.el.dataset.chart === "line" ? this.line(rows) : this.ring(rows);
        config.options = {
            ...config.options,
            responsive: true,
            maintainAspectRatio: false,
            animation: isFirst && !window.matchMedia(CALM).matches && { duration: 400 },
            font: { family: getComputedStyle(this.el).fontFamily, size: 12 },
            color: this.color("mute"),
        };
        config.options.plugins = {
            legend: { display: false },
            tooltip: {
                displayColors: false,
                callbacks: { title: () => "", label: ({ dataIndex }) => rows[dataIndex].text },
            },
        };
        this.chart = new window.Chart(this.el.querySelector("canvas"), config);
    }

    color(name) {
        return getComputedStyle(this.el).getPropertyValue(`--tb-${name}`).trim();
    }

    ring(rows) {
        const { total, currency } = this.list.querySelector("[data-total]").dataset;
        const middle = this.el.querySelector(".o_tb_ring_middle");
        middle.replaceChildren(
            ...[total, currency].map((text) =>
                Object.assign(document.createElement("span"), { textContent: text })
            )
        );
        return {
            type: "doughnut",
            data: {
                labels: rows.map((row) => row.label),
                datasets: [
                    {
                        data: rows.map((row) => row.value),
                        backgroundColor: rows.map((_row, place) =>
                            this.color(`series-${Math.min(place, MARKERS.length - 1)}`)
                        ),
                        borderColor: "#fff",
                        borderWidth: 2,
                    },
                ],
            },
            options: { cutout: "62%" },
        };
    }

    line(rows) {
        const color = this.color("series-0");
        const isOpen = (index) => Boolean(rows[index].open);
        return {
            type: "line",
            data: {
                labels: rows.map((row) => row.label),
                datasets: [
                    {
                        data: rows.map((row) => row.value),
                        borderColor: color,
                        borderWidth: 2.2,
                        pointStyle: MARKERS[0],
                        pointRadius: 4,
                        pointHoverRadius: 6,
                        pointBorderWidth: 2,
                        pointBorderColor: color,
                        pointBackgroundColor: rows.map((row) => (row.open ? "#fff" : color)),
                        segment: {
                            borderDash: ({ p1DataIndex }) => (isOpen(p1DataIndex) ? [4, 4] : []),
                        },
                    },
                ],
            },
            options: {
                interaction: { mode: "index", intersect: false },
                scales: {
                    x: { grid: { display: false }, border: { color: this.color("quiet") } },
                    y: {
                        beginAtZero: true,
                        border: { display: false },
                        grid: { color: this.color("line") },
                        ticks: { maxTicksLimit: 5 },
                    },
                },
            },
        };
    }
}

registry.category("public.interactions").add("tenant_billing.chart", TenantChart);

import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

const EVERY = 30; // seconds between two looks at the server
const SOON = 10; // while a payment is being confirmed
const PATIENCE = 15; // seconds to wait for an answer
const STOPPED = ["grace", "suspended", "confirming"];

class SignedOut extends Error {}

/**
 * Makes one element look like another, changing as little as possible: what stays keeps the focus,
 * and a bar whose width changed moves there.
 */
export function morph(from, to) {
    if (from.isEqualNode(to)) {
        return;
    }
    if (from.nodeName !== to.nodeName) {
        from.replaceWith(to);
        return;
    }
    if (from.nodeType !== Node.ELEMENT_NODE) {
        from.nodeValue = to.nodeValue;
        return;
    }
    for (const { name } of [...from.attributes]) {
        if (!to.hasAttribute(name)) {
            from.removeAttribute(name);
        }
    }
    for (const { name, value } of to.attributes) {
        from.setAttribute(name, value);
    }
    const [olds, news] = [[...from.childNodes], [...to.childNodes]];
    if (olds.length === news.length) {
        olds.forEach((old, index) => morph(old, news[index]));
    } else {
        from.replaceChildren(...news);
    }
}

/**
 * Keeps cards, or the head of one panel's page, as they are on the server.
 */
export class TenantPanels extends Interaction {
    static selector = ".o_tb[data-refresh]";
    dynamicContent = {
        _document: { "t-on-visibilitychange": this.onVisible },
        "[data-again]": { "t-on-click": this.refresh },
    };

    setup() {
        this.isAway = false;
        this.isSignedOut = false;
        // what the server said last of each part: only what it says anew is shown anew
        this.said = new Map(this.parts(this.el).map((el) => [el.dataset.part, el.outerHTML]));
        this.registerCleanup(() => clearTimeout(this.timer));
    }

    parts(root) {
        return [...root.querySelectorAll("[data-part]")];
    }

    start() {
        this.el.dataset.live = "1";
        this.plan();
    }

    onVisible() {
        if (document.visibilityState === "visible") {
            return this.refresh();
        }
    }

    plan() {
        clearTimeout(this.timer);
        const isSoon = this.el.querySelector("[data-key=confirming]") && !this.isAway;
        this.timer = this.waitForTimeout(
            () => (document.visibilityState === "visible" ? this.refresh() : this.plan()),
            (isSoon ? SOON : EVERY) * 1000
        );
    }

    get address() {
        const url = new URL(this.el.dataset.refresh, window.location);
        for (const [name, value] of new URLSearchParams(window.location.search)) {
            url.searchParams.set(name, value);
        }
        return url;
    }

    async refresh() {
        if (this.isSignedOut || this.isBusy || !this.said.size) {
            return;
        }
        this.isBusy = true;
        try {
            const fresh = await this.ask();
            if (!this.isDestroyed) {
                this.protectSyncAfterAsync(() => this.show(fresh))();
            }
        } catch (error) {
            if (!this.isDestroyed) {
                this.protectSyncAfterAsync(() => this.showAway(error instanceof SignedOut))();
            }
        }
        this.isBusy = false;
        if (!this.isDestroyed && !this.isSignedOut) {
            this.plan();
        }
    }

    /** @returns {Promise<Document>} what the server says now */
    async ask() {
        const response = await fetch(this.address, {
            redirect: "manual",
            signal: AbortSignal.timeout(PATIENCE * 1000),
        });
        if (response.type === "opaqueredirect" || [401, 403].includes(response.status)) {
            throw new SignedOut();
        }
        if (!response.ok) {
            throw new Error(response.statusText);
        }
        return new DOMParser().parseFromString(await response.text(), "text/html");
    }

    show(fresh) {
        const focused = document.activeElement;
        const part = focused?.closest?.("[data-part]");
        const told = [];
        for (const now of this.parts(fresh)) {
            const name = now.dataset.part;
            const el = this.el.querySelector(`[data-part="${name}"]`);
            if (!el || (now.outerHTML === this.said.get(name) && !this.isAway)) {
                continue;
            }
            this.said.set(name, now.outerHTML);
            const { key, says } = el.dataset;
            morph(el, now);
            if (el.dataset.says !== says) {
                told.push(`${el.dataset.name}: ${el.dataset.says}`);
            }
            if (STOPPED.includes(key) && el.dataset.key === "active") {
                this.thank(el);
            }
        }
        if (part && !focused.isConnected) {
            part.querySelector("button, a")?.focus({ preventScroll: true });
        }
        this.showBack();
        if (told.length) {
            this.el.querySelector("[data-told]").textContent = told.join(" ");
        }
    }

    thank(el) {
        const note = document.createElement("div");
        note.className = "o_tb_note o_tb_green o_tb_thanks";
        note.innerHTML = '<i class="fa fa-check-circle" aria-hidden="true"></i><span></span>';
        note.lastChild.textContent = _t("Renewed. Thank you.");
        el.querySelector(".o_tb_text").after(note);
    }

    showBack() {
        this.isAway = false;
        this.el.querySelector("[data-away]").classList.add("d-none");
        this.el.classList.remove("o_tb_stale");
    }

    /** Keeps the last good state and says so, once. */
    showAway(isSignedOut) {
        this.isSignedOut = isSignedOut;
        const note = this.el.querySelector("[data-away]");
        const updated = this.el.querySelector("[data-updated]").dataset.updated;
        if (!this.isAway || isSignedOut) {
            note.querySelector("[data-away-text]").textContent = isSignedOut
                ? _t("You have been signed out. Sign in to see the current state.")
                : _t(
                      "Cannot reach the server. Showing the state of %(time)s. Trying again in %(seconds)s seconds.",
                      { time: updated, seconds: EVERY }
                  );
        }
        const signIn = note.querySelector("[data-sign-in]");
        const here = encodeURIComponent(window.location.pathname + window.location.search);
        signIn.href = `/web/login?redirect=${here}`;
        signIn.classList.toggle("d-none", !isSignedOut);
        note.querySelector("[data-again]").classList.toggle("d-none", isSignedOut);
        note.classList.remove("d-none");
        this.el.classList.add("o_tb_stale");
        for (const label of this.el.querySelectorAll(".o_tb_foot .o_tb_label")) {
            label.textContent = _t("State of %s", updated);
        }
        this.isAway = true;
    }
}

/**
 * Shows that another page of cards is on its way, where it takes long.
 */
export class TenantPanelsLoading extends Interaction {
    static selector = ".o_portal_wrap";
    static selectorHas = ".o_tb_cards";
    dynamicContent = {
        ".o_portal_navbar .dropdown-item, .pagination a": { "t-on-click": this.onLeave },
        ".o_tb_search": { "t-on-submit": this.onLeave },
        _window: { "t-on-pagehide": this.onStay },
    };

    onLeave() {
        this.waiting = this.waitForTimeout(() => this.toggle(true), 300);
    }

    onStay() {
        clearTimeout(this.waiting);
        this.toggle(false);
    }

    toggle(isLoading) {
        const cards = this.el.querySelector(".o_tb_cards");
        cards.classList.toggle("o_tb_loading", isLoading);
        cards.setAttribute("aria-busy", isLoading);
    }
}

/**
 * Shows one list of a panel at a time, the one that the address names.
 */
export class TenantPanelTabs extends Interaction {
    static selector = ".o_tb_lists";
    dynamicContent = {
        ".o_tb_tabs a": { "t-on-click.prevent": this.onChoose },
        _window: { "t-on-popstate": this.show },
    };

    start() {
        this.el.classList.add("o_tb_tabbed");
        this.show();
    }

    onChoose(ev) {
        window.history.pushState(null, "", ev.currentTarget.getAttribute("href"));
        this.show();
    }

    show() {
        const links = [...this.el.querySelectorAll(".o_tb_tabs a")];
        const chosen = links.find((link) => link.hash === window.location.hash) || links[0];
        for (const link of links) {
            if (link === chosen) {
                link.setAttribute("aria-current", "true");
            } else {
                link.removeAttribute("aria-current");
            }
            this.el.querySelector(link.hash).classList.toggle("o_tb_shown", link === chosen);
        }
    }
}

registry
    .category("public.interactions")
    .add("tenant_billing.panels", TenantPanels)
    .add("tenant_billing.panels_loading", TenantPanelsLoading)
    .add("tenant_billing.panel_tabs", TenantPanelTabs);

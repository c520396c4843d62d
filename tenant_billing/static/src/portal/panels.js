import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

const EVERY = 30; // seconds between two looks at the server
const SOON = 10; // while a payment is being confirmed
const PATIENCE = 15; // seconds to wait for an answer
const LONG = 300; // milliseconds until a list that is asked for is shown as on its way
export const OPENED = "o_tb_opened"; // another tab is shown
export const SHOWN = "o_tb_shown"; // what a page shows may be other than it was
const STOPPED = ["grace", "suspended", "confirming"];

class SignedOut extends Error {}

/**
 * Makes one element look like another, changing as little as possible: what stays keeps the focus,
 * what a person opened stays open, what a person wrote stays written, and a bar whose width changed
 * moves there.
 *
 * @param {Node} from in the page
 * @param {Node} to of the same kind; its parts may be taken over
 * @returns {Node} from
 */
export function morph(from, to) {
    if (from.isEqualNode(to)) {
        return from;
    }
    if (from.nodeType !== Node.ELEMENT_NODE) {
        from.nodeValue = to.nodeValue;
        return from;
    }
    morphAttributes(from, to);
    const [rest, news] = [[...from.childNodes], [...to.childNodes]];
    if (rest.length === news.length && rest.every((old, index) => isKin(old, news[index]))) {
        rest.forEach((old, index) => morph(old, news[index]));
        return from;
    }
    const children = news.map((now) => {
        const match = rest.findIndex((old) => isSame(old, now));
        return match < 0 ? now : morph(rest.splice(match, 1)[0], now);
    });
    rest.forEach((old) => old.remove());
    let place = from.firstChild; // what is where it belongs is not touched
    for (const child of children) {
        if (child === place) {
            place = place.nextSibling;
        } else {
            from.insertBefore(child, place);
        }
    }
    return from;
}

function isKin(old, now) {
    return old.nodeName === now.nodeName && old.id === now.id;
}

/** Whether two nodes stand for the same thing, where others came or went beside it. */
function isSame(old, now) {
    return isKin(old, now) && old.classList?.[0] === now.classList?.[0];
}

function morphAttributes(from, to) {
    const isOpen = from.nodeName === "DETAILS" && from.open;
    for (const { name } of [...from.attributes]) {
        if (!to.hasAttribute(name)) {
            from.removeAttribute(name);
        }
    }
    for (const { name, value } of to.attributes) {
        if (from.getAttribute(name) !== value) {
            from.setAttribute(name, value);
            if (name === "value" && from.nodeName === "INPUT") {
                from.value = value;
            } else if (name === "selected") {
                from.selected = true;
            }
        }
    }
    if (from.nodeName === "DETAILS") {
        from.open = isOpen;
    }
}

/**
 * Keeps cards, or the head of one panel's page, as they are on the server.
 */
export class TenantPanels extends Interaction {
    static selector = ".o_tb[data-refresh]";
    dynamicContent = {
        _document: { "t-on-visibilitychange": this.onVisible, [`t-on-${OPENED}`]: this.refresh },
        _window: { "t-on-popstate": this.onReturn },
        _root: { "t-on-click": this.onClick, "t-on-change": this.onChange, "t-on-submit": this.onSubmit },
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

    // --- what a person asks for, without loading the whole page anew ---

    onClick(ev) {
        const link = ev.target.closest("a[data-ask]");
        if (link && !(ev.ctrlKey || ev.metaKey || ev.shiftKey || ev.altKey)) {
            ev.preventDefault();
            return this.visit(link.href);
        }
    }

    onChange(ev) {
        if (ev.target.matches("[data-sort]")) {
            ev.target.form.requestSubmit();
        }
    }

    onSubmit(ev) {
        const form = ev.target;
        if (ev.submitter?.dataset.quiet) {
            ev.preventDefault();
            return this.post(form, ev.submitter);
        }
        if (!form.matches("[data-ask]")) {
            return;
        }
        ev.preventDefault();
        const url = new URL(form.action);
        url.search = new URLSearchParams(
            [...new FormData(form)].filter(([, value]) => value)
        ).toString();
        return this.visit(url);
    }

    onReturn() {
        return this.refresh();
    }

    visit(url) {
        window.history.pushState(null, "", url);
        document.dispatchEvent(new CustomEvent(SHOWN, { detail: { isVisit: true } }));
        const busy = this.waitForTimeout(() => this.el.classList.add("o_tb_waiting"), LONG);
        return this.refresh().then(() => {
            clearTimeout(busy);
            this.el.classList.remove("o_tb_waiting");
        });
    }

    /** Does what a button asks for, and says what the page that answers says about it. */
    async post(form, button) {
        if (this.isPosting) {
            return; // pressed twice
        }
        this.isPosting = true;
        const body = new FormData(form, button);
        try {
            const answer = await this.ask(button.formAction, { method: "post", body });
            for (const el of this.parts(answer)) {
                if (el.dataset.part !== "message") {
                    el.remove(); // this page may be about other days than that one
                }
            }
            button.closest("details")?.removeAttribute("open");
            this.protectSyncAfterAsync(() => this.show(answer))();
        } catch (error) {
            this.protectSyncAfterAsync(() => this.showAway(error instanceof SignedOut))();
        }
        this.isPosting = false;
        this.asked = null; // an answer that is on its way may be older
        return this.refresh();
    }

    // --- what the server says ---

    get address() {
        const url = new URL(this.el.dataset.refresh, window.location);
        for (const [name, value] of new URLSearchParams(window.location.search)) {
            url.searchParams.set(name, value);
        }
        const tab = this.el.querySelector(".o_tb_tab.o_tb_shown");
        if (tab) {
            url.searchParams.set("tab", tab.dataset.tab);
        }
        return url;
    }

    async refresh() {
        if (this.isSignedOut || !this.said.size) {
            return;
        }
        if (this.isBusy) {
            this.isAskedAgain ||= this.asked !== this.address.href; // something else by now
            return this.busy;
        }
        this.isBusy = true;
        this.busy = this.look();
        return this.busy;
    }

    async look() {
        try {
            let fresh;
            do {
                this.isAskedAgain = false;
                this.asked = this.address.href;
                fresh = await this.ask(this.asked);
            } while (this.isAskedAgain);
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
    async ask(address, options) {
        const response = await fetch(address, {
            ...options,
            signal: AbortSignal.timeout(PATIENCE * 1000),
        });
        const isLogin = new URL(response.url || address).pathname.startsWith("/web/login");
        if (isLogin || [401, 403].includes(response.status)) {
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
            if (el.dataset.says && el.dataset.says !== says) {
                told.push(`${el.dataset.name}: ${el.dataset.says}`);
            }
            if (STOPPED.includes(key) && el.dataset.key === "active") {
                this.thank(el);
            }
        }
        if (part && document.activeElement !== focused) {
            const stays = focused.isConnected ? focused : part.querySelector("button, a, summary");
            stays?.focus({ preventScroll: true });
        }
        this.showBack();
        if (told.length) {
            this.el.querySelector("[data-told]").textContent = told.join(" ");
        }
        document.dispatchEvent(new CustomEvent(SHOWN));
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
 * Shows one tab of a panel's page at a time: the one that holds what the address names.
 */
export class TenantPanelTabs extends Interaction {
    static selector = ".o_tb_lists";
    dynamicContent = {
        _window: { "t-on-popstate": this.show, "t-on-hashchange": this.show },
        _document: { [`t-on-${SHOWN}`]: this.onShown },
        ".o_tb_tabs a": { "t-on-click.prevent": this.onChoose },
    };

    start() {
        this.el.classList.add("o_tb_tabbed");
        this.jump();
    }

    onChoose(ev) {
        window.history.pushState(null, "", ev.currentTarget.getAttribute("href"));
        this.show();
    }

    onShown(ev) {
        if (ev.detail?.isVisit) {
            this.jump();
        }
    }

    /** Shows what the address names from its top, if it stands in another tab. */
    jump() {
        const before = this.el.querySelector(".o_tb_shown");
        this.show();
        const named = this.named(window.location.hash);
        if (named && !named.matches(".o_tb_tab") && before !== named.closest(".o_tb_tab")) {
            named.scrollIntoView();
        }
    }

    show() {
        const tabs = [...this.el.querySelectorAll(".o_tb_tab")];
        const named = this.named(window.location.hash);
        const chosen = named?.closest(".o_tb_tab") || tabs[0];
        const isOther = !chosen.classList.contains("o_tb_shown");
        for (const tab of tabs) {
            tab.classList.toggle("o_tb_shown", tab === chosen);
        }
        for (const link of this.el.querySelectorAll(".o_tb_tabs a")) {
            if (this.named(link.hash).closest(".o_tb_tab") === chosen) {
                link.setAttribute("aria-current", "true");
            } else {
                link.removeAttribute("aria-current");
            }
        }
        if (isOther && this.isOpen) {
            document.dispatchEvent(new CustomEvent(OPENED));
        }
        this.isOpen = true;
        document.dispatchEvent(new CustomEvent(SHOWN));
    }

    named(hash) {
        const el = hash && document.getElementById(hash.slice(1));
        return el && this.el.contains(el) ? el : null;
    }
}

registry
    .category("public.interactions")
    .add("tenant_billing.panels", TenantPanels)
    .add("tenant_billing.panels_loading", TenantPanelsLoading)
    .add("tenant_billing.panel_tabs", TenantPanelTabs);

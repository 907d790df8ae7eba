// The bar by which a page steers its run: pause, resume, virtual users, stop. It is there where the
// server offers it, and works with the token that the page's address had, or that somebody types.
import * as d from './data';

const kKept = 'loadctl-control';

/** The token in the address (`#control=...`), which is taken out of it and kept for this tab. */
function tokenOfTab(): string {
  const found = /^#control=([\w-]+)$/.exec(location.hash);
  try {
    if (found) sessionStorage.setItem(kKept, found[1]);
    if (found) history.replaceState(null, '', location.pathname + location.search);
    return sessionStorage.getItem(kKept) ?? '';
  } catch {
    return found ? found[1] : '';
  }
}

function button(text: string, work: () => void) {
  const element = document.createElement('button');
  element.type = 'button';
  element.textContent = text;
  element.addEventListener('click', work);
  return element;
}

function input(type: string, label: string) {
  const element = document.createElement('input');
  element.type = type;
  element.setAttribute('aria-label', label);
  element.placeholder = label;
  return element;
}

export class ControlBar {
  readonly element = document.createElement('form');
  private token = tokenOfTab();
  private data?: d.Data;
  private readonly pause = button('Pause', () => this.ask({ paused: !this.data?.run.paused }));
  private readonly vus = input('number', 'VUs');
  private readonly scale = button('Set VUs', () => this.setVus());
  private readonly stop = button('Stop', () => this.stopOrAsk());
  private readonly secret = input('password', 'Token');
  private readonly said = document.createElement('span');
  private sure = 0;

  constructor() {
    this.element.className = 'control';
    this.element.setAttribute('aria-label', 'Control of the run');
    this.element.addEventListener('submit', (event) => {
      event.preventDefault();
      if (document.activeElement === this.vus) this.setVus();
    });
    this.stop.className = 'stop';
    this.vus.min = '0';
    this.vus.step = '1';
    this.secret.autocomplete = 'off';
    this.secret.addEventListener('change', () => {
      this.token = this.secret.value.trim();
      try { sessionStorage.setItem(kKept, this.token); } catch { /* this page knows it */ }
      this.say(this.token ? 'The token is taken.' : '');
    });
    this.said.setAttribute('role', 'status');
    this.element.append(this.pause, this.vus, this.scale, this.stop, this.secret, this.said);
  }

  update(data: d.Data) {
    this.data = data;
    this.element.hidden = data.outcome !== undefined;
    this.pause.textContent = data.run.paused ? 'Resume' : 'Pause';
    const scales = data.scenarios.some((one) => one.external);
    this.vus.hidden = this.scale.hidden = !scales;
    if (scales && this.vus.value === '' && document.activeElement !== this.vus) this.vus.value = String(data.run.vus);
    this.secret.hidden = this.token !== '';
  }

  private setVus() {
    const wanted = Number(this.vus.value);
    if (this.vus.value === '' || !Number.isInteger(wanted) || wanted < 0) { this.say('How many VUs? A whole number.'); return; }
    this.ask({ vus: wanted });
  }

  /** A second click within some seconds is what stops a run. */
  private stopOrAsk() {
    if (performance.now() < this.sure) {
      this.sure = 0;
      this.stop.textContent = 'Stop';
      this.ask({ stopped: true });
      return;
    }
    this.sure = performance.now() + 5000;
    this.stop.textContent = 'Really stop?';
    setTimeout(() => { if (performance.now() >= this.sure) this.stop.textContent = 'Stop'; }, 5100);
  }

  private say(text: string) { this.said.textContent = text; }

  private ask(attributes: Record<string, boolean | number>) {
    this.say('…');
    void this.send(attributes).then((text) => this.say(text)).catch(() => this.say('loadctl does not answer.'));
  }

  private async send(attributes: Record<string, boolean | number>): Promise<string> {
    const answer = await fetch('control', {
      method: 'PATCH', body: JSON.stringify({ data: { type: 'status', attributes } }),
      headers: { 'Content-Type': 'application/json', Authorization: 'Bearer ' + this.token },
    });
    if (answer.ok) return 'Done.';
    if (answer.status === 401) {
      this.token = '';
      this.secret.hidden = false;
      this.secret.focus();
      return 'The token is missing, or is another.';
    }
    const told = (await answer.json().catch(() => undefined)) as { errors?: { title: string; detail: string }[] } | undefined;
    const error = told?.errors?.[0];
    return error ? `${error.title}: ${error.detail}` : `loadctl answered with ${answer.status}.`;
  }
}

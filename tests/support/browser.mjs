// Drives Debian's Chromium over a page of loadctl and prints what it saw, as one JSON object.
//
//   node browser.mjs look URL FOLDER    a screenshot of each section at three sizes, in both colours
//   node browser.mjs watch URL          looks on until the run has ended
//   node browser.mjs again URL          looks on until another run answers at the same address
//   node browser.mjs steer URL          pauses, resumes, scales and stops by the buttons
//   node browser.mjs compare URL FOLDER a screenshot of a comparison's report at three sizes, in both colours
//   node browser.mjs print URL          which tables of a report a sheet of paper cuts off
import { pathToFileURL } from 'node:url';

const { chromium } = await import(pathToFileURL(process.env.PLAYWRIGHT + '/index.mjs').href);
const [task, url, folder] = process.argv.slice(2);
const SIZES = { wide: [1920, 1080], laptop: [1280, 800], phone: [390, 800] };
const SECTIONS = ['overview', 'metrics', 'scenarios', 'agents', 'log'];

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
const errors = [], foreign = [];

async function open(address, options = {}) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (line) => { if (line.type() === 'error' && !line.text().includes('ERR_')) errors.push(line.text()); });
  page.on('request', (request) => { if (new URL(request.url()).host !== new URL(url).host) foreign.push(request.url()); });
  await page.goto(address);
  await page.waitForSelector('header .state .badge');
  return page;
}

const state = (page) => page.locator('header .state').innerText();

async function look() {
  const wide = [], nameless = [], unseen = [], texts = {};
  for (const colorScheme of ['light', 'dark']) {
    for (const [size, [width, height]] of Object.entries(SIZES)) {
      const page = await open(url, { viewport: { width, height }, colorScheme });
      for (const section of SECTIONS) {
        await page.goto(url + '#' + section);
        await page.waitForSelector(`#${section}:not(.away)`);
        await page.waitForTimeout(100);
        if (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)) wide.push(`${section} ${size}`);
        // The section that is shown is named in the navigation, and where there is room no table goes on sideways.
        const box = await page.locator('nav a[aria-current]').boundingBox();
        if (box.x < 0 || box.x + box.width > width) unseen.push(`${section} ${size}: navigation`);
        if (size === 'wide' && await page.evaluate(() => [...document.querySelectorAll('.scroll')].some((one) => one.scrollWidth > one.clientWidth)))
          unseen.push(`${section} ${size}: columns`);
        nameless.push(...await page.evaluate(() => [...document.querySelectorAll('button, input, a')]
          .filter((one) => !(one.textContent.trim() || one.getAttribute('aria-label'))).map((one) => one.outerHTML)));
        texts[section] = await page.locator('#' + section).innerText();
        await page.screenshot({ path: `${folder}/${section}-${size}-${colorScheme}.png` });
      }
      // By keyboard alone: the second section is the second link of the navigation.
      await page.goto(url + '#overview');
      await page.locator('nav a').nth(1).focus();
      await page.keyboard.press('Enter');
      await page.waitForSelector('#metrics:not(.away)');
      await page.context().close();
    }
  }
  return { wide, nameless, unseen, texts };
}

async function watch() {
  const page = await open(url);
  const seen = new Set();
  let points = 0;
  while (!(await page.locator('header .state .badge.good, header .state .badge.bad').count())) {
    seen.add(await state(page));
    points = Math.max(points, await page.evaluate(() => document.querySelectorAll('.chart .line').length));
    await page.waitForTimeout(500);
  }
  return { states: seen.size, lines: points, end: await state(page), foot: await page.locator('footer').innerText() };
}

async function again() {
  const page = await open(url);
  const first = await page.title();
  console.error('watching');
  await page.waitForSelector('.note');
  console.error('lost');
  await page.waitForFunction((title) => document.title !== title && !document.querySelector('.note'), first, { timeout: 60000 });
  return { first, second: await page.title() };
}

async function steer() {
  const page = await open(url);
  const bar = page.locator('form.control');
  const until = (text) => page.waitForFunction((wanted) => document.querySelector('header .state').innerText.includes(wanted), text);
  const address = page.url();
  await bar.getByRole('button', { name: 'Pause' }).click();
  await until('paused');
  await bar.getByRole('button', { name: 'Resume' }).click();
  await until('running');
  await bar.getByLabel('VUs').fill('5');
  await bar.getByRole('button', { name: 'Set VUs' }).click();
  await until('5 of');
  await bar.getByLabel('VUs').fill('99');
  await bar.getByRole('button', { name: 'Set VUs' }).click();
  await page.waitForFunction(() => document.querySelector('form.control [role=status]').innerText.includes('max VUs'));
  // What was refused is the browser's to log.
  const refused = errors.findIndex((text) => text.includes('status of 400'));
  if (refused >= 0) errors.splice(refused, 1);
  await bar.getByRole('button', { name: 'Stop' }).click();
  await page.waitForTimeout(1500);
  const after_one_click = await state(page);
  await bar.getByRole('button', { name: 'Really stop?' }).click();
  await page.waitForSelector('header .state .badge.bad');
  return { address, after_one_click, end: await state(page) };
}

async function compare() {
  const wide = [], charts = {};
  for (const colorScheme of ['light', 'dark']) {
    for (const [size, [width, height]] of Object.entries(SIZES)) {
      const page = await open(url, { viewport: { width, height }, colorScheme });
      if (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)) wide.push(size);
      for (const chart of await page.locator('.chart').all())
        charts[await chart.locator('figcaption').innerText()] = await chart.locator('.line[d^="M"]').count();
      await page.screenshot({ path: `${folder}/compare-${size}-${colorScheme}.png`, fullPage: true });
      await page.context().close();
    }
  }
  return { wide, charts };
}

/** Tables that a sheet of A4 cuts off, with the browser's usual margins. */
async function print() {
  const page = await open(url, { viewport: { width: 718, height: 1040 } });
  await page.emulateMedia({ media: 'print' });
  return { cut: await page.evaluate(() => [...document.querySelectorAll('.scroll')].filter((one) => one.scrollWidth > one.clientWidth)
    .map((one) => one.innerText.slice(0, 40))), text: await page.locator('main').innerText() };
}

try {
  console.log(JSON.stringify({ ...await { look, watch, again, steer, compare, print }[task](), errors, foreign }));
} finally {
  await browser.close();
}

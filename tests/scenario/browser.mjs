// SPDX-License-Identifier: ISC
// browser.mjs PLAYWRIGHT CHROMIUM URL: opens a page in a headless browser, and
// prints what it says, a line each, until stdin ends.
const [playwright, chromium, url] = process.argv.slice(2);
const { default: pw } = await import(playwright);
const browser = await pw.chromium.launch({ executablePath: chromium,
  args: ['--no-sandbox', '--autoplay-policy=no-user-gesture-required'] });
const page = await browser.newPage();
page.on('console', m => console.log(m.text().replaceAll('\n', ' ')));
page.on('pageerror', e => console.log(`error: ${e.message}`));
await page.goto(url);
process.stdin.resume();
process.stdin.on('end', async () => {
  await browser.close();
  process.exit(0);
});

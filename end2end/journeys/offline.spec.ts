// Without a connection a page says so at its edge and keeps what it shows and what was typed; with one it goes on by itself.
// Nobody is alarmed by a page that was left.

import type { Page } from '@playwright/test';

import { hydrated, moved, open } from '../fixtures/hydration.ts';
import { expect, test } from '../fixtures/test.ts';
import { month } from '../fixtures/workspace.ts';

const OFFLINE = 'This device is offline.';
const SILENT = 'The service does not answer.';
const PAYLOAD = '{"typed": "before the tunnel"}';

async function mark(page: Page): Promise<void> {
  await page.evaluate(() => (window.name = 'the same page'));
}

async function stillMarked(page: Page): Promise<void> {
  expect(await page.evaluate(() => window.name), 'the page was not loaded anew').toBe('the same page');
}

function send(page: Page): Promise<void> {
  return page.getByRole('main').getByRole('button', { name: 'Dispatch' }).click();
}

test('a form that is sent without a network says what to do, keeps what was typed, and goes out later', async ({ page, member, watch }) => {
  watch.announceComplaint(/net::ERR_INTERNET_DISCONNECTED/);
  watch.announceFailure(/net::ERR_INTERNET_DISCONNECTED/);
  await open(page, '/dispatch');
  await mark(page);
  await page.getByRole('textbox', { name: 'Payload' }).fill(PAYLOAD);
  const before = await moved(page);
  await page.context().setOffline(true);
  await expect(page.getByText(OFFLINE)).toBeVisible();
  expect(await moved(page), 'nothing moves').toBe(before);

  await send(page);
  await expect(page.getByRole('alert')).toContainText('The server cannot be reached.');
  await expect(page.getByRole('alert')).toContainText('What you typed is still here.');
  await expect(page.getByRole('textbox', { name: 'Payload' })).toHaveValue(PAYLOAD);

  await page.context().setOffline(false);
  await expect(page.getByText(OFFLINE)).toBeHidden();
  await send(page);
  await expect(page.getByRole('region', { name: 'Result' })).toContainText('before the tunnel');
  await expect(page.getByRole('alert')).toBeHidden();
  expect((await member.person.dispatches()).used, 'it was dispatched once').toBe(1);
  await stillMarked(page);
});

test('a server that is gone is said, and its numbers are read anew when it is back', async ({ page, ownServer, newPerson, watch }) => {
  test.setTimeout(120_000);
  watch.announceComplaint(/net::ERR_CONNECTION_REFUSED|net::ERR_INCOMPLETE_CHUNKED_ENCODING|net::ERR_CONNECTION_RESET/);
  watch.announceFailure(/net::ERR_/);
  const person = await newPerson('Ada Byron', ownServer);
  await person.found('Harbour Works');
  await person.finishedJob({ before: 'the fall' });
  await person.enter(page.context());
  await page.goto(`${ownServer.url}/dashboard`);
  await hydrated(page);
  await mark(page);
  await expect(month(page)).toHaveAttribute('aria-valuetext', '1 of 500');

  await ownServer.kill();
  await expect(page.getByText(SILENT)).toBeVisible({ timeout: 20_000 });
  await expect(page.getByRole('row', { name: /say echo succeeded/ }), 'what was read stays').toBeVisible();
  await expect(month(page)).toHaveAttribute('aria-valuetext', '1 of 500');

  await ownServer.startAgain();
  await person.job({ after: 'the rise' });
  await page.getByRole('button', { name: 'Try now' }).click();
  await expect(page.getByText(SILENT)).toBeHidden({ timeout: 20_000 });
  await expect(month(page)).toHaveAttribute('aria-valuetext', '2 of 500');
  await expect(page.getByRole('row', { name: /say echo/ })).toHaveCount(2);
  await stillMarked(page);
});

test('nobody is alarmed by a page that was left and comes back as it was', async ({ page, member }) => {
  await open(page, '/dashboard');
  await page.evaluate(() => {
    const seen: string[] = [];
    Object.assign(window, { seen });
    new MutationObserver(() => {
      const text = document.querySelector('.notices')?.textContent ?? '';
      if (text !== '') seen.push(text);
    }).observe(document.body, { childList: true, subtree: true, characterData: true });
  });
  // As the browser says it to a page that it keeps for the way back.
  await page.evaluate(() => window.dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true })));
  await member.person.job({ while: 'away' });
  await page.waitForTimeout(1_500);
  const opened = page.waitForResponse((response) => new URL(response.url()).pathname === '/api/v1/events');
  await page.evaluate(() => window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })));
  expect((await opened).status()).toBe(200);
  await expect(month(page)).toHaveAttribute('aria-valuetext', '1 of 500');
  expect(await page.evaluate(() => (window as unknown as { seen: string[] }).seen)).toEqual([]);
});

// Free's limit, met by 501 dispatches at once: exact, explained where it is met, and still so after a crash.

import type { Page } from '@playwright/test';

import { dispatch } from '../fixtures/forms.ts';
import { hydrated, open } from '../fixtures/hydration.ts';
import type { Person } from '../fixtures/person.ts';
import { processesOf } from '../fixtures/server.ts';
import { expect, test } from '../fixtures/test.ts';
import { month } from '../fixtures/workspace.ts';

const FREE = 500;
const TOO_MANY = '{"message": "one too many"}';

/** Fires one dispatch more than Free allows, all at once; says how many were answered with which status. */
async function fire(person: Person): Promise<Record<number, number>> {
  const answers = await Promise.all(Array.from({ length: FREE + 1 }, (_, number) => person.dispatch({ number })));
  const refused = answers.find((one) => one.status === 402);
  expect(refused?.body).toMatchObject({ code: 'DISPATCH_QUOTA_EXCEEDED', limit: FREE, used: FREE, remaining: 0 });
  const count = (status: number) => answers.filter((one) => one.status === status).length;
  return { 202: count(202), 402: count(402) };
}

async function saysAllIsUsed(page: Page): Promise<void> {
  await expect(month(page)).toHaveAttribute('aria-valuetext', `${FREE} of ${FREE}`);
}

test('the 501st dispatch is refused where it was tried, with the reason and the way on', async ({ page, member, newBrowser, watch }) => {
  test.setTimeout(120_000);
  watch.announce(402, /^\/api\/rpc\/dispatch\//);
  const plain = await newBrowser({ javaScriptEnabled: false });
  await member.person.enter(plain);
  const plainPage = await plain.newPage();

  await test.step('a page that was opened before is told, and says so before one tries', async () => {
    await plainPage.goto('/dispatch');
    await open(page, '/dispatch');
    await page.getByRole('textbox', { name: 'Payload' }).fill(TOO_MANY);
    expect(await fire(member.person)).toEqual({ 202: FREE, 402: 1 });
    const refusal = page.getByRole('main').getByRole('status').filter({ hasText: 'Nothing can be dispatched right now' });
    await expect(refusal).toContainText('All 500 dispatches of this period on the Free plan are used.');
    await expect(refusal).toContainText('The Pro plan grants it');
    await expect(page.getByRole('textbox', { name: 'Payload' })).toHaveValue(TOO_MANY);
    await refusal.getByRole('link', { name: 'Compare plans' }).click();
    await expect(page).toHaveURL('/plans');
  });

  await test.step('who tries all the same, without scripts, is told why, until when and what to do', async () => {
    await dispatch(plainPage, 'greet', TOO_MANY);
    await expect(plainPage).toHaveURL('/dispatch');
    await expect(plainPage.getByRole('alert')).toContainText(`${FREE} of ${FREE} used`);
    await expect(plainPage.getByRole('alert')).toContainText('DISPATCH_QUOTA_EXCEEDED');
    await expect(plainPage.getByRole('alert')).toContainText(/Starts anew on 1 \w+ \d{4}/);
    await expect(plainPage.getByRole('textbox', { name: 'Payload' })).toHaveValue(TOO_MANY);
    await expect(plainPage.getByRole('alert').getByRole('link', { name: 'Compare plans' })).toHaveAttribute('href', '/plans');
  });

  await test.step('the dashboard says so', async () => {
    await open(page, '/dashboard');
    await saysAllIsUsed(page);
  });

  await test.step('the dispatch page now says so before one tries', async () => {
    await open(page, '/dispatch');
    await expect(page.getByRole('main')).toContainText('All 500 dispatches of this period on the Free plan are used.');
    await expect(page.getByRole('main').getByRole('link', { name: /plans/i }).first()).toHaveAttribute('href', '/plans');
  });

  await test.step('a larger plan counts at once', async () => {
    await open(page, '/plans');
    await page.getByRole('button', { name: 'Change to Pro' }).click();
    await expect(page.getByRole('region', { name: 'Pro' })).toContainText('This is your plan.');
    await open(page, '/dispatch');
    await dispatch(page, 'greet', '{"message": "there is room"}');
    await expect(page.getByRole('link', { name: 'Open the job' })).toBeVisible();
    expect(await member.person.dispatches()).toMatchObject({ used: 1, limit: 5_000 });
  });
});

test('after kill -9 the dashboard says what it said, and nothing is left behind', async ({ page, ownServer, newPerson }) => {
  test.setTimeout(120_000);
  const person = await newPerson('Ada Byron', ownServer);
  await person.found('Harbour Works');
  await person.enter(page.context());

  await test.step('all of the month is used', async () => {
    expect(await fire(person)).toEqual({ 202: FREE, 402: 1 });
    await page.goto(`${ownServer.url}/dashboard`);
    await saysAllIsUsed(page);
  });

  await test.step('the server is killed and started again on its folder', async () => {
    await page.goto('about:blank');
    await ownServer.kill();
    await ownServer.startAgain();
    await page.goto(`${ownServer.url}/dashboard`);
    await hydrated(page);
    await saysAllIsUsed(page);
    expect(await person.dispatches()).toMatchObject({ used: FREE, limit: FREE });
    expect((await person.dispatch({ number: 'after' })).status).toBe(402);
  });

  await test.step('killed once more, it takes everything with it', async () => {
    await page.goto('about:blank');
    await ownServer.kill();
    await expect.poll(() => processesOf(ownServer.folder), { timeout: 30_000 }).toEqual([]);
  });
});

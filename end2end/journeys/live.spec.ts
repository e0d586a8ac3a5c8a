// What changes elsewhere shows without a reload: in another tab, after an outage of the network, and never in the dark.

import type { Page } from '@playwright/test';

import { hydrated, open } from '../fixtures/hydration.ts';
import { expect, test } from '../fixtures/test.ts';
import { month, switcher } from '../fixtures/workspace.ts';

const STREAM = '/api/v1/events';

/** Marks the page, so that a reload is noticed. */
async function mark(page: Page): Promise<void> {
  await page.evaluate(() => (document.documentElement.dataset['marked'] = 'yes'));
}

async function stillMarked(page: Page): Promise<void> {
  await expect(page.locator('html'), 'the page was not loaded anew').toHaveAttribute('data-marked', 'yes');
}

/** Opens a page and waits until its stream of events is there. */
async function listen(page: Page, path: string): Promise<void> {
  const stream = page.waitForResponse((response) => new URL(response.url()).pathname === STREAM);
  await open(page, path);
  expect((await stream).status()).toBe(200);
}

/** Lets a page believe that nobody looks at it, or that somebody does again. */
async function show(page: Page, visible: boolean): Promise<void> {
  await page.evaluate((visible) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => !visible });
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => (visible ? 'visible' : 'hidden') });
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
  }, visible);
}

test('a dispatch on one page moves the other: numbers, jobs and the job itself', async ({ page, member }) => {
  const other = await page.context().newPage();
  await listen(page, '/dashboard');
  await mark(page);
  await expect(month(page)).toHaveAttribute('aria-valuetext', '0 of 500');

  await test.step('the dashboard counts and lists what was dispatched on the other page', async () => {
    await listen(other, '/dispatch');
    await other.getByLabel('Action').fill('greet');
    await other.getByRole('main').getByRole('button', { name: 'Dispatch' }).click();
    await expect(other.getByRole('region', { name: 'Result' })).toContainText('Hello');
    await expect(month(page)).toHaveAttribute('aria-valuetext', '1 of 500');
    await expect(page.getByRole('row', { name: /greet echo succeeded/ })).toBeVisible();
  });

  await test.step('what a program dispatches shows on both', async () => {
    await member.person.job({ from: 'a program' });
    await expect(month(page)).toHaveAttribute('aria-valuetext', '2 of 500');
    await expect(page.getByRole('row', { name: /say echo succeeded/ })).toBeVisible();
    await expect(other.getByRole('navigation', { name: 'Main' })).toContainText('2 of 500');
  });

  await test.step('another plan, too', async () => {
    const answer = await member.person.api.put('/api/v1/subscription', { data: { plan: 'pro' } });
    expect(answer.status()).toBe(200);
    await expect(switcher(page)).toContainText('Pro');
    await expect(month(page)).toHaveAttribute('aria-valuetext', /of 5,000$/);
  });
  await stillMarked(page);
});

test('a page that was offline says so, and knows everything when it is back', async ({ page, member, watch }) => {
  watch.announceComplaint(/net::ERR_INTERNET_DISCONNECTED/);
  await listen(page, '/dashboard');
  await mark(page);
  await page.context().setOffline(true);
  await expect(page.getByText('This device is offline.')).toBeVisible();
  await member.person.job({ while: 'offline' });
  await expect(month(page)).toHaveAttribute('aria-valuetext', '0 of 500');
  await page.context().setOffline(false);
  await expect(page.getByText('This device is offline.')).toBeHidden();
  await expect(month(page)).toHaveAttribute('aria-valuetext', '1 of 500');
  await expect(page.getByRole('row', { name: /say echo succeeded/ })).toBeVisible();
  await stillMarked(page);
});

test('a tab that nobody looks at has no stream, and reads anew when somebody does', async ({ page, member }) => {
  await listen(page, '/dashboard');
  const closed = page.waitForEvent('requestfailed', (request) => new URL(request.url()).pathname === STREAM);
  await show(page, false);
  await closed;
  await member.person.job({ in: 'the dark' });
  await page.waitForTimeout(1_500);
  await expect(month(page)).toHaveAttribute('aria-valuetext', '0 of 500');

  const opened = page.waitForResponse((response) => new URL(response.url()).pathname === STREAM);
  await show(page, true);
  expect((await opened).status()).toBe(200);
  await expect(month(page)).toHaveAttribute('aria-valuetext', '1 of 500');
  await expect(page.getByRole('row', { name: /say echo succeeded/ })).toBeVisible();
});

test('a session that ends elsewhere is said on the page', async ({ page, member, watch }) => {
  watch.announce(401, /^\/api\/(v1\/events|rpc\/)/);
  await listen(page, '/dashboard');
  expect((await member.person.api.post('/api/v1/auth/sign-out')).status()).toBe(204);
  await expect(page.getByText('You are signed out, or belong here no more.')).toBeVisible({ timeout: 20_000 });
  await page.reload();
  await hydrated(page);
  await expect(page).toHaveURL(/\/sign-in/);
});

// Whoever works by keyboard goes on where they were: what is pressed keeps the focus while it is under way and after it was
// refused, and what has gone leaves it to the heading of what it stood in.

import type { Locator, Page } from '@playwright/test';

import { signIn } from '../fixtures/forms.ts';
import { hydrated, open } from '../fixtures/hydration.ts';
import { Receiver } from '../fixtures/receiver.ts';
import { expect, test } from '../fixtures/test.ts';
import { choice, switcher } from '../fixtures/workspace.ts';

async function press(page: Page, button: Locator): Promise<void> {
  await button.focus();
  await page.keyboard.press('Enter');
}

function heading(page: Page, name: string): Locator {
  return page.getByRole('main').getByRole('heading', { name, exact: true });
}

test('what stays keeps the focus, done or refused', async ({ page, member: _, watch }) => {
  watch.announce(422, /^\/api\/rpc\/settings\/save$/);
  watch.announceFailure(/net::ERR_FAILED/);
  watch.announceComplaint(/net::ERR_FAILED/);
  await open(page, '/settings');
  const save = page.getByRole('button', { name: 'Save', exact: true });

  await test.step('saved', async () => {
    await page.getByLabel('Name', { exact: true }).fill('Meridian');
    await press(page, save);
    await expect(page.getByText('The settings are saved.')).toBeVisible();
    await expect(switcher(page)).toContainText('Meridian');
    await expect(save).toBeFocused();
  });

  await test.step('refused, the field that is wrong has it', async () => {
    await page.getByLabel('Time zone').fill('Mars/Olympus');
    await press(page, save);
    await expect(page.getByLabel('Time zone')).toBeFocused();
  });

  await test.step('aborted on the way', async () => {
    await page.route('**/api/rpc/settings/save', (route) => route.abort());
    await press(page, save);
    const alert = page.getByRole('alert');
    await expect(alert).toContainText('Check the connection and try again.');
    await expect(alert, 'nothing is to be looked up of what the browser says itself').not.toContainText('GUARD');
    await expect(save).toBeFocused();
  });
});

test('what is pressed twice acts once, also by Enter in a field', async ({ page, member }) => {
  await open(page, '/dispatch');
  let answer = (): void => undefined;
  const held = new Promise<void>((resolve) => (answer = resolve));
  await page.route('**/api/rpc/dispatch/run', async (route) => {
    await held;
    await route.continue();
  });
  const button = page.getByRole('main').getByRole('button', { name: 'Dispatch' });
  await press(page, button);
  await expect(button).toHaveAttribute('aria-disabled', 'true');
  await expect(button).toBeFocused();
  await page.keyboard.press('Enter');
  await page.getByLabel('Action').focus();
  await page.keyboard.press('Enter');
  await button.focus();
  answer();
  await expect(page.getByRole('link', { name: 'Open the job' })).toBeVisible();
  await expect(button).not.toHaveAttribute('aria-disabled', 'true');
  await expect(button).toBeFocused();
  expect((await member.person.dispatches()).used).toBe(1);
});

test('what goes leaves the focus to its heading', async ({ page, member }) => {
  const { api } = member.person;

  await test.step('a plan that was chosen', async () => {
    await open(page, '/plans');
    await press(page, page.getByRole('button', { name: 'Change to Pro' }));
    await expect(page.getByRole('region', { name: 'Pro' })).toContainText('This is your plan.');
    await expect(heading(page, 'Pro')).toBeFocused();
  });

  await test.step('a job that was ended', async () => {
    const receiver = await Receiver.start();
    const made = await api.post('/api/v1/tools', { data: { name: 'slow', kind: 'webhook', url: receiver.url } });
    receiver.secrets = [((await made.json()) as { secret: string }).secret];
    receiver.next.push(202);
    const sent = await api.post('/api/v1/dispatch', { data: { tool: 'slow', action: 'wait', payload: {} } });
    const { id } = ((await sent.json()) as { job: { id: string } }).job;
    await open(page, `/jobs/${id}`);
    await expect(page).toHaveTitle('slow · wait · Tenantry');
    await press(page, page.getByRole('button', { name: 'Cancel the job' }));
    await expect(page.getByRole('main').getByRole('status')).toHaveText('canceled');
    await expect(heading(page, 'How it went')).toBeFocused();
    receiver.stop();
  });

  await test.step('a key that was revoked, and what was shown of it', async () => {
    await api.post('/api/v1/keys', { data: { name: 'ci', scopes: ['read'] } });
    await open(page, '/keys');
    await page.getByLabel('Name', { exact: true }).fill('Nightly import');
    await press(page, page.getByRole('button', { name: 'Create key', exact: true }));
    await expect(page.getByRole('region', { name: 'Key', exact: true })).toBeVisible();
    const row = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: /^Nightly import/ }) });
    await press(page, row.getByRole('button', { name: 'Revoke' }));
    await press(page, page.getByRole('dialog').getByRole('button', { name: 'Revoke the key' }));
    await expect(row).toHaveCount(0);
    await expect(page.getByRole('region', { name: 'Key', exact: true })).toHaveCount(0);
    await expect(heading(page, 'Keys of this workspace')).toBeFocused();
  });
});

test('after a device was signed out one goes on at the devices', async ({ page, member, newBrowser, server, watch }) => {
  watch.announce(401, /^\/api\/(v1\/events|rpc\/)/);
  const other = await (await newBrowser()).newPage();
  await other.goto(`${server.url}/sign-in`);
  await signIn(other, member.person);
  await expect(other).toHaveURL(/\/dashboard$/);
  await open(page, '/account');
  await press(page, page.getByRole('button', { name: /^Sign out .+/ }).first());
  await expect(page.getByText('The device is signed out.')).toBeVisible();
  await hydrated(page);
  await expect(heading(page, 'Devices')).toBeFocused();
});

test('whoever has switched by keyboard is at the switcher', async ({ page, member }) => {
  await member.person.found('Meridian');
  await open(page, '/dashboard');
  await press(page, switcher(page));
  await expect(page.getByRole('searchbox', { name: 'Find an organization' })).toBeFocused();
  await page.keyboard.type('meri');
  await expect(choice(page, 'Meridian')).toBeVisible();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(switcher(page)).toContainText('Meridian');
  await expect(switcher(page)).toBeFocused();
});

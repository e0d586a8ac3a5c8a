// An endpoint: made, tried, told what happens, sent a message again, switched off and on, given another secret and deleted;
// for who may, and told to who may not. Signatures are checked by somebody else's library.

import type { Locator, Page } from '@playwright/test';

import { open } from '../fixtures/hydration.ts';
import { Listener } from '../fixtures/receiver.ts';
import { enrol } from '../fixtures/roles.ts';
import { expect, test as base } from '../fixtures/test.ts';
import { navigation } from '../fixtures/workspace.ts';

const test = base.extend<{ listener: Listener }>({
  listener: async ({}, use) => {
    const listener = await Listener.start();
    await use(listener);
    listener.stop();
  },
});

async function add(page: Page, url: string, description: string): Promise<void> {
  await page.getByLabel('Address', { exact: true }).fill(url);
  await page.getByLabel('What it is for', { exact: true }).fill(description);
  await page.getByRole('button', { name: 'Add endpoint', exact: true }).click();
}

/** The secret that was just made. */
async function shown(page: Page): Promise<string> {
  const text = await page.getByRole('region', { name: 'Signing secret', exact: true }).innerText();
  expect(text.trim()).toMatch(/^whsec_[0-9A-Za-z+/]{43}=$/);
  return text.trim();
}

/** An endpoint or a delivery in its list. */
function row(page: Page, name: string): Locator {
  return page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: new RegExp(`^${name}`) }) });
}

async function ask(page: Page, opener: string, question: string, answer: string): Promise<void> {
  await page.getByRole('button', { name: opener, exact: true }).first().click();
  await page.getByRole('dialog', { name: question }).getByRole('button', { name: answer, exact: true }).click();
}

test('an endpoint is made, tried, told, switched, given another secret and deleted', async ({ page, member, listener, watch }) => {
  test.setTimeout(120_000);
  watch.announce(422, /^\/api\/rpc\/webhooks\/create_endpoint$/);

  await test.step('an address that cannot be called is refused beside it', async () => {
    await open(page, '/dashboard');
    await navigation(page, 'Webhooks').click();
    await expect(page).toHaveURL('/webhooks');
    await expect(page.getByText('No endpoints yet')).toBeVisible();
    await add(page, 'ftp://example.com/hook', 'CRM');
    await expect(page.getByLabel('Address', { exact: true })).toBeFocused();
    await expect(page.getByLabel('Address', { exact: true })).toHaveAttribute('aria-invalid', 'true');
  });

  await test.step('its secret is shown once, with a receiver that knows it', async () => {
    await add(page, listener.url, 'CRM');
    listener.secrets = [await shown(page)];
    await expect(page.getByRole('region', { name: /A receiver in Node/ })).toContainText(listener.secrets[0] ?? '-');
    await expect(row(page, 'CRM')).toContainText(listener.url);
    await expect(row(page, 'CRM')).toContainText('job.succeeded');
    await page.reload();
    await expect(row(page, 'CRM')).toBeVisible();
    expect(await page.content()).not.toContain('whsec_');
  });

  await test.step('a test arrives, signed, and is seen as delivered without a reload', async () => {
    await row(page, 'CRM').getByRole('link', { name: 'Open' }).click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('CRM');
    await page.getByRole('button', { name: 'Send a test' }).click();
    await expect(row(page, 'endpoint.test')).toContainText('delivered');
    expect(listener.messages).toHaveLength(1);
    expect(listener.messages[0]).toMatchObject({ type: 'endpoint.test', id: expect.stringMatching(/^evt_/) });
    expect(listener.refused).toBe(0);
  });

  await test.step('what happens is told, and what fails for now says why', async () => {
    // It asks for more time than the journey takes: what comes next, comes by hand.
    listener.next.push({ status: 500, headers: { 'retry-after': '3000' } });
    const job = await member.person.finishedJob({});
    await expect.poll(() => listener.messages.length).toBe(2);
    expect(listener.messages[1]).toMatchObject({ type: 'job.succeeded', data: { job, tool: 'echo' } });
    await page.getByRole('button', { name: 'Refresh' }).click();
    const told = row(page, 'job.succeeded');
    await expect(told).toContainText('tried again');
    await told.locator('summary').click();
    await expect(told).toContainText('The receiver answered 500.');
  });

  await test.step('by hand it is sent again, with the same id', async () => {
    await row(page, 'job.succeeded').getByRole('button', { name: 'Send again' }).click();
    await expect.poll(() => listener.messages.length).toBe(3);
    expect(listener.messages[2]?.id).toBe(listener.messages[1]?.id);
    await expect(row(page, 'job.succeeded')).toContainText('delivered');
  });

  await test.step('switched off it is told nothing', async () => {
    await page.getByRole('button', { name: 'Disable', exact: true }).click();
    await expect(page.getByText('disabled', { exact: true })).toBeVisible();
    await member.person.finishedJob({});
    await page.getByRole('button', { name: 'Enable', exact: true }).click();
    await expect(page.getByText('enabled', { exact: true })).toBeVisible();
    await page.getByRole('button', { name: 'Send a test' }).click();
    await expect.poll(() => listener.messages.length).toBe(4);
    expect(listener.messages[3]?.type).toBe('endpoint.test');
  });

  await test.step('with another secret both sign for a day', async () => {
    const old = listener.secrets[0] ?? '-';
    await ask(page, 'Rotate the secret', 'Rotate the secret of CRM?', 'Rotate it');
    const fresh = await shown(page);
    expect(fresh).not.toBe(old);
    listener.secrets = [fresh, old];
    await page.getByRole('button', { name: 'Send a test' }).click();
    await expect.poll(() => listener.messages.length).toBe(5);
    expect(listener.refused).toBe(0);
  });

  await test.step('changed, it is called otherwise', async () => {
    await page.getByLabel('What it is for', { exact: true }).fill('Billing');
    await page.getByLabel('plan.changed', { exact: true }).check();
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByText('The endpoint is changed.')).toBeVisible();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Billing');
  });

  await test.step('deleted, it is in no list', async () => {
    await ask(page, 'Delete the endpoint', 'Delete Billing?', 'Delete the endpoint');
    await expect(page).toHaveURL('/webhooks');
    await expect(page.getByText('No endpoints yet')).toBeVisible();
  });
});

test('a viewer is told whom to ask', async ({ page, member, newPerson, server, context, watch }) => {
  watch.announce(403, /^\/webhooks$/);
  watch.announce(403, /^\/api\/rpc\/webhooks\//);
  const viewer = await newPerson('Vera Viewer');
  await enrol(server, member.organization, viewer, 'viewer');
  await context.clearCookies();
  await viewer.enter(context);
  await open(page, '/webhooks');
  await expect(page.getByText('Webhooks are not for your role')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Add endpoint' })).toHaveCount(0);
});

test.describe('without a script', () => {
  test.use({ javaScriptEnabled: false });

  test('an endpoint is made, tried and deleted by forms alone', async ({ page, member: _, listener }) => {
    await page.goto('/webhooks');
    await add(page, listener.url, 'CRM');
    listener.secrets = [await shown(page)];
    await page.goto('/webhooks');
    await row(page, 'CRM').getByRole('link', { name: 'Open' }).click();
    await page.getByRole('button', { name: 'Send a test' }).click();
    await expect.poll(() => listener.messages.length).toBe(1);
    await expect
      .poll(async () => {
        await page.reload();
        return row(page, 'endpoint.test').innerText();
      })
      .toContain('delivered');
    await ask(page, 'Delete the endpoint', 'Delete CRM?', 'Delete the endpoint');
    await expect(page).toHaveURL('/webhooks');
    await expect(page.getByText('No endpoints yet')).toBeVisible();
  });
});

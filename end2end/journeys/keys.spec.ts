// A key's life on its page: made, copied, used by a program, replaced without a gap, revoked; for who may, and told to who
// may not.

import type { APIRequestContext, Locator, Page } from '@playwright/test';

import { open } from '../fixtures/hydration.ts';
import { enrol } from '../fixtures/roles.ts';
import { expect, test } from '../fixtures/test.ts';
import { navigation, switchTo } from '../fixtures/workspace.ts';

const PAYLOAD = { tool: 'echo', action: 'greet', payload: { message: 'Hello' }, when_full: 'queue' };

async function create(page: Page, name: string): Promise<void> {
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByRole('button', { name: 'Create key', exact: true }).click();
}

/** The text of the key that was just made. */
async function shown(page: Page): Promise<string> {
  const text = await page.getByRole('region', { name: 'Key', exact: true }).innerText();
  expect(text.trim()).toMatch(/^tnt_(live|test)_[0-9a-z]{26}_[0-9A-Za-z]{36}$/);
  return text.trim();
}

/** A key in the list. */
function row(page: Page, name: string): Locator {
  return page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: new RegExp(`^${name}`) }) });
}

/** How a program with the key is answered. */
async function asks(request: APIRequestContext, key: string): Promise<number> {
  const headers = { authorization: `Bearer ${key}` };
  return (await request.get('/api/v1/jobs', { headers })).status();
}

async function rotate(page: Page, name: string, grace: string): Promise<void> {
  await row(page, name).last().getByRole('button', { name: 'Rotate' }).click();
  const question = page.getByRole('dialog', { name: `Rotate ${name}?` });
  await question.getByText(grace, { exact: true }).click();
  await question.getByRole('button', { name: 'Rotate the key' }).click();
}

async function revoke(page: Page, one: Locator, name: string): Promise<void> {
  await one.getByRole('button', { name: 'Revoke' }).click();
  const question = page.getByRole('dialog', { name: `Revoke ${name}?` });
  await expect(question).toContainText('is refused from this moment');
  await question.getByRole('button', { name: 'Revoke the key' }).click();
}

test('a key is made, used, replaced without a gap and revoked', async ({ page, context, member: _, request, watch }) => {
  test.setTimeout(120_000);
  watch.announce(422, /^\/api\/rpc\/keys\/create$/);
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  let first = '';

  await test.step('the page says what a key is for and what to do first', async () => {
    await open(page, '/dashboard');
    await navigation(page, 'API keys').click();
    await expect(page).toHaveURL('/keys');
    await expect(page.getByText('No keys yet')).toBeVisible();
  });

  await test.step('a key without a scope is refused beside the first of them', async () => {
    await page.getByLabel('Read', { exact: true }).uncheck();
    await page.getByLabel('Dispatch', { exact: true }).uncheck();
    await create(page, 'Nightly import');
    await expect(page.getByLabel('Read', { exact: true })).toBeFocused();
    await expect(page.getByLabel('Read', { exact: true })).toHaveAccessibleDescription(/Name at least one of/);
    await expect(page.getByLabel('Name', { exact: true })).toHaveValue('Nightly import');
  });

  await test.step('its text is shown, copied and gone', async () => {
    await page.getByLabel('Read', { exact: true }).check();
    await page.getByLabel('Dispatch', { exact: true }).check();
    await create(page, 'Nightly import');
    first = await shown(page);
    await expect(page.getByLabel('Name', { exact: true })).toHaveValue('');
    await page.getByRole('button', { name: 'Copy the key' }).click();
    await expect(page.getByText('Copied.')).toBeVisible();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(first);
    await expect(page.getByRole('region', { name: 'Try it in a shell' })).toContainText(`Bearer ${first}`);
    await expect(row(page, 'Nightly import')).toContainText(`…${first.slice(-4)}`);
    await page.getByRole('link', { name: 'I have stored it' }).click();
    await expect(page.getByRole('region', { name: 'Key', exact: true })).toHaveCount(0);
    await page.reload();
    await expect(row(page, 'Nightly import')).toContainText('never used');
    expect(await page.content()).not.toContain(first);
  });

  await test.step('a program dispatches with it', async () => {
    const headers = { authorization: `Bearer ${first}` };
    const answer = await request.post('/api/v1/dispatch', { headers, data: PAYLOAD });
    expect(answer.status(), await answer.text()).toBe(202);
    await open(page, '/keys');
    await expect(row(page, 'Nightly import')).toContainText('last used');
  });

  await test.step('rotated, both work until the grace is over', async () => {
    await rotate(page, 'Nightly import', '7 days');
    await expect(page.getByText(/The old key is good until/)).toBeVisible();
    const second = await shown(page);
    expect(second).not.toBe(first);
    expect([await asks(request, first), await asks(request, second)]).toEqual([200, 200]);
    await expect(row(page, 'Nightly import')).toHaveCount(2);
    await expect(row(page, 'Nightly import').last()).toContainText('in grace until');
  });

  await test.step('revoked, the old one is refused at once and the new one works', async () => {
    const second = await shown(page);
    await revoke(page, row(page, 'Nightly import').last(), 'Nightly import');
    await expect(page.getByText('The key is revoked.')).toBeVisible();
    await expect(row(page, 'Nightly import')).toHaveCount(1);
    await expect(page.getByRole('dialog')).toHaveCount(0);
    expect([await asks(request, first), await asks(request, second)]).toEqual([401, 200]);
  });

  await test.step('rotated at once, the old one is refused from then on', async () => {
    const second = await shown(page);
    await rotate(page, 'Nightly import', 'At once');
    await expect.poll(() => shown(page)).not.toBe(second);
    expect([await asks(request, second), await asks(request, await shown(page))]).toEqual([401, 200]);
    await page.getByRole('button', { name: 'Copy the key' }).click();
    const third = await shown(page);
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(third);
    await expect(row(page, 'Nightly import').last()).toContainText('expired');
  });
});

test('what happened elsewhere meanwhile is told on the page', async ({ page, member, watch }) => {
  watch.announce(404, /^\/api\/rpc\/keys\/revoke$/);
  const made = await member.person.api.post('/api/v1/keys', { data: { name: 'ci', scopes: ['read'] } });
  const { key } = (await made.json()) as { key: { id: string } };
  await open(page, '/keys');
  expect((await member.person.api.delete(`/api/v1/keys/${key.id}`)).status()).toBe(204);
  await revoke(page, row(page, 'ci'), 'ci');
  await expect(page.getByRole('alert')).toContainText('NOT_FOUND');
  await expect(page.getByText('No keys yet')).toBeVisible();
});

test('while the list is read anew, what stands there works and stays', async ({ page, member }) => {
  await member.person.api.post('/api/v1/keys', { data: { name: 'ci', scopes: ['read'] } });
  await open(page, '/keys');
  let answer = (): void => undefined;
  const held = new Promise<void>((resolve) => (answer = resolve));
  await page.route('**/api/rpc/keys/list', async (route) => {
    await held;
    await route.continue();
  });
  await create(page, 'Nightly import');
  await shown(page);
  await row(page, 'ci').getByRole('button', { name: 'Revoke' }).click();
  const question = page.getByRole('dialog', { name: 'Revoke ci?' });
  await expect(question).toBeVisible();
  answer();
  await expect(page.getByText('Nightly import', { exact: true })).toBeVisible();
  await expect(question).toBeVisible();
  await question.getByRole('button', { name: 'Revoke the key' }).click();
  await expect(row(page, 'ci')).toHaveCount(0);
  await expect(row(page, 'Nightly import')).toHaveCount(1);
});

test('an operator sees the keys and why they are not theirs to change', async ({ page, context, member, newPerson, server }) => {
  await member.person.api.post('/api/v1/keys', { data: { name: 'ci', scopes: ['read'] } });
  const operator = await newPerson('Grace Hopper');
  await enrol(server, member.organization, operator, 'operator');
  await context.clearCookies();
  await operator.enter(context);
  await open(page, '/keys');
  await expect(row(page, 'ci')).toContainText('never used');
  for (const name of ['Create a key', 'Rotate', 'Revoke']) {
    const button = page.getByRole('button', { name: new RegExp(`^${name}`) });
    await expect(button).toHaveAttribute('aria-disabled', 'true');
    await expect(button).toContainText('Your role here is operator. Managing keys needs admin');
  }
  await row(page, 'ci').getByRole('button', { name: /^Revoke/ }).click({ force: true });
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(page.getByLabel('Name', { exact: true })).toHaveCount(0);
});

test('a viewer is told why there is nothing to see', async ({ page, context, member, newPerson, server, watch }) => {
  watch.announce(403, /^\/keys$/);
  await member.person.api.post('/api/v1/keys', { data: { name: 'ci', scopes: ['read'] } });
  const viewer = await newPerson('Grace Hopper');
  await enrol(server, member.organization, viewer, 'viewer');
  await context.clearCookies();
  await viewer.enter(context);
  expect((await page.goto('/keys'))?.status()).toBe(403);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Keys are not for your role');
  await expect(page.getByRole('main')).toContainText('Your role here is viewer.');
  expect(await page.content()).not.toContain('tnt_');
});

test('what another organization lets one see is decided there', async ({ page, member, newPerson, server, watch }) => {
  watch.announce(403, /^\/api\/rpc\/keys\/list$/);
  const owner = await newPerson('Grace Hopper');
  const elsewhere = await owner.found('Meridian');
  await enrol(server, elsewhere, member.person, 'viewer');
  await member.person.api.post('/api/v1/keys', { data: { name: 'ci', scopes: ['read'] } });
  await open(page, '/keys');
  await switchTo(page, 'Meridian');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Keys are not for your role');
  await expect(page.getByRole('button', { name: 'Create key', exact: true })).toHaveCount(0);
  await switchTo(page, 'Harbour Works');
  await expect(row(page, 'ci')).toBeVisible();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('API keys');
});

test('more keys than a page has are shown when asked for', async ({ page, member }) => {
  for (let number = 1; number <= 27; number += 1) {
    const data = { name: `key ${number}`, scopes: ['read'] };
    expect((await member.person.api.post('/api/v1/keys', { data })).status()).toBe(201);
  }
  await open(page, '/keys');
  await expect(page.getByRole('main').getByRole('heading', { level: 3 })).toHaveCount(25);
  await page.getByRole('link', { name: 'Show more' }).click();
  await expect(page.getByRole('main').getByRole('heading', { level: 3 })).toHaveCount(27);
  await expect(page.getByRole('link', { name: 'Show more' })).toHaveCount(0);
});

test('another organization has other keys, and what was shown is gone', async ({ page, member }) => {
  await member.person.found('Meridian');
  await open(page, '/keys');
  await create(page, 'Nightly import');
  const key = await shown(page);
  await switchTo(page, 'Meridian');
  await expect(page.getByText('No keys yet')).toBeVisible();
  expect(await page.getByRole('main').innerText()).not.toContain(key);
});

test.describe('without a script', () => {
  test.use({ javaScriptEnabled: false });

  test('a key is made, shown once, replaced and revoked by forms alone', async ({ page, member: _, request }) => {
    let first = '';
    await page.goto('/keys');

    await test.step('what is wrong comes back with what was ticked', async () => {
      await page.getByLabel('Read', { exact: true }).uncheck();
      await page.getByLabel('Dispatch', { exact: true }).uncheck();
      await create(page, 'Nightly import');
      await expect(page).toHaveURL('/keys');
      await expect(page.getByLabel('Name', { exact: true })).toHaveValue('Nightly import');
      await expect(page.getByLabel('Read', { exact: true })).toHaveAttribute('aria-invalid', 'true');
      await expect(page.getByLabel('Dispatch', { exact: true })).not.toBeChecked();
    });

    await test.step('its text is on the next page, once, and in no address', async () => {
      await page.getByLabel('Read', { exact: true }).check();
      await create(page, 'Nightly import');
      await expect(page).toHaveURL('/keys');
      first = await shown(page);
      await page.reload();
      expect(await page.content()).not.toContain(first);
      expect(await asks(request, first)).toBe(200);
    });

    await test.step('rotated', async () => {
      await rotate(page, 'Nightly import', '1 hour');
      await expect(page).toHaveURL('/keys');
      const second = await shown(page);
      expect([await asks(request, first), await asks(request, second)]).toEqual([200, 200]);
    });

    await test.step('revoked', async () => {
      await revoke(page, row(page, 'Nightly import').last(), 'Nightly import');
      await expect(page).toHaveURL('/keys');
      await expect(row(page, 'Nightly import')).toHaveCount(1);
      expect(await asks(request, first)).toBe(401);
    });
  });
});

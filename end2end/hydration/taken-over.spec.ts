// Every page, opened directly: its scripts take it over in silence, and nothing on it moves.

import type { Page } from '@playwright/test';

import { hydrated, moved, open, sideways } from '../fixtures/hydration.ts';
import { NO_JOB, PUBLIC, WORKSPACE } from '../fixtures/pages.ts';
import { expect, test } from '../fixtures/test.ts';
import { STEPS, answer, walkTo } from '../fixtures/wizard.ts';
import { navigation } from '../fixtures/workspace.ts';

/** The sum of layout shifts that nobody sees; browsers call a page good up to 0.1. */
const STILL = 0.02;

/** Opens a page on a desk and on a phone. That nothing was said is demanded when the test ends. */
async function takenOver(page: Page, path: string): Promise<void> {
  for (const viewport of [{ width: 1280, height: 800 }, { width: 390, height: 844 }]) {
    await page.setViewportSize(viewport);
    await page.goto(path);
    const before = await words(page);
    await hydrated(page);
    expect.soft(await moved(page), `${path} moves at ${viewport.width} pixels`).toBeLessThanOrEqual(STILL);
    expect.soft(await words(page), `${path} says the same before and after`).toBe(before);
    expect.soft(await sideways(page), `${path} is wider than ${viewport.width} pixels`).toBe(0);
  }
}

/** What is read on the page. */
function words(page: Page): Promise<string> {
  return page.locator('main').innerText();
}

for (const { name, path } of PUBLIC) {
  test(`the ${name} page is taken over in silence`, async ({ page }) => takenOver(page, path));
}

for (const { name, path } of WORKSPACE) {
  test(`the ${name} page is taken over in silence`, async ({ page, member }) => {
    await member.person.finishedJob({ text: 'hello' });
    await takenOver(page, path);
  });
}

test('the page of a job is taken over in silence', async ({ page, member }) => {
  const job = await member.person.finishedJob({ text: 'hello' });
  await takenOver(page, `/jobs/${job}`);
});

test('keys in every state are taken over in silence', async ({ page, member }) => {
  const { api } = member.person;
  for (const [name, grace] of [['nightly import', 24], ['gateway', 0]] as const) {
    const made = await api.post('/api/v1/keys', { data: { name, scopes: ['read', 'verify'], environment: 'test' } });
    const { key } = (await made.json()) as { key: { id: string } };
    await api.post(`/api/v1/keys/${key.id}/rotate`, { data: { grace_period_hours: grace } });
  }
  await takenOver(page, '/keys');
  await expect(page.getByRole('heading', { level: 3 })).toHaveCount(4);
});

test('the page of a tool is taken over in silence', async ({ page, member }) => {
  const data = { name: 'crm', kind: 'webhook', url: 'https://example.com/jobs', feature: 'listing-auto' };
  const made = await member.person.api.post('/api/v1/tools', { data });
  const { tool } = (await made.json()) as { tool: { id: string } };
  await takenOver(page, `/tools/${tool.id}`);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('crm');
});

test('the page of what there is not is taken over in silence', async ({ page, person, watch }) => {
  watch.announce(404, /^\/(jobs|nothing)/);
  await takenOver(page, '/nothing');
  await person.found('Harbour Works');
  await takenOver(page, `/jobs/${NO_JOB}`);
});

test('each step of the wizard is taken over in silence', async ({ page, person: _ }) => {
  await open(page, '/onboarding/welcome');
  for (const step of STEPS) {
    await expect(page).toHaveURL(`/onboarding/${step}`);
    await takenOver(page, `/onboarding/${step}`);
    await answer(page, step, 'Harbour Works');
  }
  await expect(page).toHaveURL('/dashboard');
});

test('a step that is not open yet leads to the one that is', async ({ page, person: _ }) => {
  await open(page, '/onboarding/complete');
  await expect(page).toHaveURL('/onboarding/welcome');
});

test('back and reload keep what was answered', async ({ page, person: _ }) => {
  await open(page, '/onboarding/welcome');
  await walkTo(page, 'integrations', 'Harbour Works');
  await page.goBack();
  await expect(page).toHaveURL('/onboarding/plan');
  await expect(page.getByRole('radio', { name: /^Free/ })).toBeChecked();
  await page.goBack();
  await expect(page).toHaveURL('/onboarding/organization');
  await expect(page.getByLabel('Name', { exact: true })).toHaveValue('Harbour Works');
  await page.reload();
  await hydrated(page);
  await expect(page.getByLabel('Name', { exact: true })).toHaveValue('Harbour Works');
  await page.goForward();
  await expect(page).toHaveURL('/onboarding/plan');
});

test('back leads through the workspace without a reload', async ({ page, member: _ }) => {
  await open(page, '/dashboard');
  await page.evaluate(() => (window.name = 'the same page'));
  await navigation(page, 'Dispatch').click();
  await expect(page).toHaveURL('/dispatch');
  await navigation(page, 'Plans').click();
  await expect(page).toHaveURL('/plans');
  await page.goBack();
  await expect(page).toHaveURL('/dispatch');
  await page.goBack();
  await expect(page).toHaveURL('/dashboard');
  await expect(page.locator('h1')).toBeVisible();
  expect(await page.evaluate(() => window.name)).toBe('the same page');
});

test('each piece of the module is asked for beside it, and comes once', async ({ page, member: _ }) => {
  await open(page, '/dashboard');
  const fetched = await page.evaluate(() => {
    const all = performance.getEntriesByType('resource') as PerformanceResourceTiming[];
    return all.filter(({ name }) => name.endsWith('.wasm')).map(({ name, transferSize }) => ({ name, transferSize }));
  });
  const sent = fetched.filter(({ transferSize }) => transferSize > 0).map(({ name }) => name);
  expect(sent.length, 'the module, and parts of it').toBeGreaterThan(1);
  expect(sent).toEqual([...new Set(sent)]);
});

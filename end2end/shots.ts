// Takes a picture of every page on a phone and on a desk, light and dark, into the folder that SHOTS_DIR names.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import type { Page } from '@playwright/test';

import { signUp } from './fixtures/forms.ts';
import { open, painted } from './fixtures/hydration.ts';
import { NO_JOB, PUBLIC, WORKSPACE } from './fixtures/pages.ts';
import { newEmail } from './fixtures/person.ts';
import { Receiver } from './fixtures/receiver.ts';
import { enrol } from './fixtures/roles.ts';
import { switchTo, switcher } from './fixtures/workspace.ts';
import { expect, test } from './fixtures/test.ts';
import { STEPS, answer } from './fixtures/wizard.ts';

const FOLDER = process.env['SHOTS_DIR'] ?? 'test-results/shots';

/** Enough to see the bars of a week's use. */
const JOBS = 140;

async function take(page: Page, name: string): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  for (const viewport of [{ width: 390, height: 844 }, { width: 1280, height: 800 }]) {
    await unroll(page, viewport);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await painted(page);
      const path = join(FOLDER, `${name}-${viewport.width}-${colorScheme}.png`);
      await page.screenshot({ path, animations: 'disabled' });
    }
  }
}

/** A window as high as the page, so that bars that stand still are where they belong. */
async function unroll(page: Page, viewport: { width: number; height: number }): Promise<void> {
  await page.setViewportSize(viewport);
  const needed = await page.evaluate(() => document.documentElement.scrollHeight);
  if (needed > viewport.height) await page.setViewportSize({ ...viewport, height: needed });
}

test('public pages', async ({ page, watch }) => {
  watch.announce(404, /^\/nothing$/);
  watch.announce(422, /sign-up$/);
  for (const { name, path } of [...PUBLIC, { name: 'not-found', path: '/nothing' }]) {
    await open(page, path);
    await take(page, name);
  }
  await open(page, '/sign-up');
  await signUp(page, 'Ada Byron', newEmail(), '0123456789');
  await expect(page.locator('[aria-invalid=true]')).toHaveCount(1);
  await take(page, 'sign-up-refused');
});

test('the wizard', async ({ page, person: _ }) => {
  await open(page, '/onboarding/welcome');
  for (const step of STEPS) {
    await expect(page).toHaveURL(`/onboarding/${step}`);
    await take(page, `onboarding-${step}`);
    await answer(page, step, 'Harbour Works');
  }
});

test('the workspace', async ({ page, member, watch }) => {
  watch.announce(404, /^\/jobs\//);
  const { person } = member;
  await open(page, '/dashboard');
  await take(page, 'dashboard-empty');
  const jobs = await Promise.all(Array.from({ length: JOBS }, (_, number) => person.job({ message: 'Hello', number })));
  const last = jobs.at(-1) ?? NO_JOB;
  await expect.poll(() => person.status(last), { timeout: 60_000 }).toBe('succeeded');
  await person.found('Meridian', 'pro');
  await person.found('Atelier Nine', 'empire');
  for (const { name, path } of [
    ...WORKSPACE,
    { name: 'job', path: `/jobs/${last}` },
    { name: 'job-not-found', path: `/jobs/${NO_JOB}` },
  ]) {
    await open(page, path);
    await take(page, name);
  }
  await open(page, '/dashboard');
  await switcher(page).click();
  await take(page, 'switcher');
});

test('what lies over the page', async ({ page, context, member }) => {
  await member.person.found('Meridian', 'pro');
  await open(page, '/dispatch');
  await page.keyboard.press('Control+K');
  await expect(page.getByRole('dialog', { name: 'Go to' }).getByRole('option').first()).toBeVisible();
  await take(page, 'palette');
  await page.keyboard.press('Escape');
  const other = await context.newPage();
  await open(other, '/dashboard');
  await switchTo(other, 'Meridian');
  await expect(page.getByRole('button', { name: 'Stay here' })).toBeVisible();
  await take(page, 'went-elsewhere');
  await context.setOffline(true);
  await expect(page.getByText('This device is offline.')).toBeVisible();
  await take(page, 'offline');
  await context.setOffline(false);
  await page.setViewportSize({ width: 390, height: 844 });
  await page.emulateMedia({ colorScheme: 'light' });
  await open(page, '/dashboard');
  await page.getByRole('button', { name: 'More' }).click();
  await page.screenshot({ path: join(FOLDER, 'sheet-390-light.png'), animations: 'disabled' });
});

test('the gallery', async ({ page }) => {
  await page.goto('/gallery');
  await take(page, 'gallery');
});

test('webhooks', async ({ page, member }) => {
  const { api } = member.person;
  const data = { name: 'Payments', scheme: 'stripe', allowlist: ['203.0.113.0/24'], tool: 'echo' };
  const { webhook } = (await (await api.post('/api/v1/webhooks/inbound', { data })).json()) as { webhook: { id: string } };
  const hook = { url: 'https://crm.example.com/webhooks/tenantry', description: 'CRM', events: ['job.failed', 'usage.warning'] };
  const made = (await (await api.post('/api/v1/webhooks/endpoints', { data: hook })).json()) as { endpoint: { id: string } };
  await open(page, '/webhooks');
  await take(page, 'webhooks-some');
  await open(page, `/webhooks/${webhook.id}`);
  await take(page, 'webhook-inbound');
  await open(page, `/webhooks/endpoints/${made.endpoint.id}`);
  await take(page, 'webhook-endpoint');
});

test('keys', async ({ page, member }) => {
  const { api } = member.person;
  const make = async (name: string, scopes: string[], environment = 'live'): Promise<string> => {
    const made = await api.post('/api/v1/keys', { data: { name, scopes, environment } });
    return ((await made.json()) as { key: { id: string } }).key.id;
  };
  await make('Nightly import', ['read', 'dispatch']);
  const gateway = await make('Gateway in front of the shop', ['verify']);
  await make('Trying things out', ['read', 'dispatch', 'usage', 'verify', 'manage'], 'test');
  await api.post(`/api/v1/keys/${gateway}/rotate`, { data: { grace_period_hours: 24 } });
  await api.post(`/api/v1/keys/${await make('An old one', ['read'])}/rotate`, { data: { grace_period_hours: 0 } });
  await open(page, '/keys');
  await take(page, 'keys-some');
  await page.getByRole('button', { name: 'Rotate' }).first().click();
  await take(page, 'keys-rotate');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Revoke' }).first().click();
  await take(page, 'keys-revoke');
  await page.keyboard.press('Escape');
  await page.getByLabel('Name', { exact: true }).fill('Deploy');
  await page.getByRole('button', { name: 'Create key', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Copy the key' })).toBeVisible();
  await take(page, 'keys-shown');
});

test('usage', async ({ page, member }) => {
  const { api } = member.person;
  const tools = ['resize', 'crop', 'watermark', 'thumbnail', 'caption', 'blur', 'sharpen'];
  const events = Array.from({ length: 900 }, (_, number) => ({
    specversion: '1.0', id: `${number}`, source: '/shots', type: 'images.rendered', tool: tools[(number * number) % 7],
    time: new Date(Date.now() - ((number * 37) % 700) * 3_600_000).toISOString(),
    data: { value: `${1 + (number * 13) % 40}.25` },
  }));
  const headers = { 'content-type': 'application/cloudevents-batch+json' };
  await api.post('/api/v1/usage/events', { data: JSON.stringify(events), headers });
  await open(page, '/usage');
  await take(page, 'usage-empty');
  await open(page, '/usage?meter=images.rendered&group_by=tool');
  await take(page, 'usage-by-tool');
  await page.getByText('The same in figures').click();
  await take(page, 'usage-figures');
  await open(page, '/usage?meter=images.rendered&step=hour&group_by=tool&of=tool%3Acrop');
  await take(page, 'usage-hours');
  await open(page, '/usage?meter=images.rendered&step=hour&days=365');
  await take(page, 'usage-refused');
});

test('tools', async ({ page, member }) => {
  const { api } = member.person;
  const make = async (name: string, url: string, more = {}): Promise<string> => {
    const made = await api.post('/api/v1/tools', { data: { name, kind: 'webhook', url, ...more } });
    return ((await made.json()) as { tool: { id: string } }).tool.id;
  };
  const crm = await make('crm-sync', 'https://crm.example.com/webhooks/tenantry/jobs');
  await make('lister', 'https://lister.example.com/jobs', { feature: 'listing-auto', timeout_seconds: 3_600 });
  await open(page, '/tools');
  await take(page, 'tools-some');
  await open(page, `/tools/${crm}`);
  await take(page, 'tool');
  await page.getByRole('button', { name: 'Rotate the secret' }).click();
  await take(page, 'tool-rotate');
  await page.getByRole('button', { name: 'Rotate it' }).click();
  await expect(page.getByRole('button', { name: 'Copy the secret' })).toBeVisible();
  await take(page, 'tool-shown');
  await page.getByRole('button', { name: 'Delete the tool' }).click();
  await take(page, 'tool-delete');
});

test('a job that was tried again', async ({ page, member }) => {
  const receiver = await Receiver.start();
  const { api } = member.person;
  const made = await api.post('/api/v1/tools', { data: { name: 'crm-sync', kind: 'webhook', url: receiver.url } });
  receiver.secrets = [((await made.json()) as { secret: string }).secret];
  receiver.next.push(503, 429, 200);
  const data = { tool: 'crm-sync', action: 'import', payload: { customer: 4_711 } };
  const answer = await api.post('/api/v1/dispatch', { data });
  const { id } = ((await answer.json()) as { job: { id: string } }).job;
  await expect.poll(() => receiver.jobs.length, { timeout: 30_000 }).toBeGreaterThan(1);
  await open(page, `/jobs/${id}`);
  await take(page, 'job-waiting');
  await expect.poll(() => member.person.status(id), { timeout: 30_000 }).toBe('succeeded');
  await open(page, `/jobs/${id}`);
  await take(page, 'job-tried-again');
  receiver.next.push(404);
  await page.getByRole('button', { name: 'Dispatch it again' }).click();
  await expect(page.getByRole('button', { name: 'Try again' })).toBeVisible({ timeout: 30_000 });
  await take(page, 'job-failed');
  receiver.stop();
});

test('an operator looks at keys', async ({ page, context, member, newPerson, server }) => {
  await member.person.api.post('/api/v1/keys', { data: { name: 'Nightly import', scopes: ['read'] } });
  const operator = await newPerson('Grace Hopper');
  await enrol(server, member.organization, operator, 'operator');
  await context.clearCookies();
  await operator.enter(context);
  await open(page, '/keys');
  await page.getByRole('button', { name: 'Revoke' }).focus();
  await take(page, 'keys-operator');
});

test('at the limit', async ({ page, member }) => {
  const answers = await Promise.all(Array.from({ length: 500 }, (_, number) => member.person.dispatch({ number })));
  expect(answers.every((one) => one.status === 202)).toBe(true);
  for (const name of ['dashboard', 'dispatch']) {
    await open(page, `/${name}`);
    await take(page, `${name}-at-the-limit`);
  }
});

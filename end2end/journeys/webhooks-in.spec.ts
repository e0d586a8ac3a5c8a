// An inbound webhook's life: made on its page, sent to by the packages that real services sign with, watched, given another
// secret, and ended; for who may, and told to who may not.

import { execFile } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { promisify } from 'node:util';

import type { Page } from '@playwright/test';
import { Webhook as Standard } from 'standardwebhooks';
import Stripe from 'stripe';
import { Webhook as Svix } from 'svix';

import { open } from '../fixtures/hydration.ts';
import type { Person } from '../fixtures/person.ts';
import { enrol } from '../fixtures/roles.ts';
import { expect, test } from '../fixtures/test.ts';
import { answer, walkTo } from '../fixtures/wizard.ts';
import { navigation } from '../fixtures/workspace.ts';

type Headers = Record<string, string>;

/** How a package signs a body at a time. */
type Sign = (secret: string, id: string, at: Date, body: string) => Headers;

interface Hook {
  readonly id: string;
  readonly url: string;
  readonly secret: string;
}

const seconds = (at: Date): number => Math.floor(at.getTime() / 1000);

const PACKAGES: readonly { readonly name: string; readonly scheme: string; readonly sign: Sign }[] = [
  {
    name: 'standardwebhooks',
    scheme: 'standard',
    sign: (secret, id, at, body) => ({
      'webhook-id': id,
      'webhook-timestamp': String(seconds(at)),
      'webhook-signature': new Standard(secret).sign(id, at, body),
    }),
  },
  {
    name: 'svix',
    scheme: 'standard',
    sign: (secret, id, at, body) => ({
      'svix-id': id,
      'svix-timestamp': String(seconds(at)),
      'svix-signature': new Svix(secret).sign(id, at, body),
    }),
  },
  {
    name: 'stripe',
    scheme: 'stripe',
    sign: (secret, _id, at, payload) => ({
      'stripe-signature': Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp: seconds(at) }),
    }),
  },
  {
    name: 'node:crypto',
    scheme: 'hmac-sha256',
    sign: (secret, _id, _at, body) => ({
      'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    }),
  },
];

async function hook(person: Person, scheme: string, tool: string | null = 'echo'): Promise<Hook> {
  const reply = await person.api.post('/api/v1/webhooks/inbound', { data: { name: 'Payments', scheme, tool } });
  expect(reply.status(), await reply.text()).toBe(201);
  const { webhook, secret } = (await reply.json()) as { webhook: { id: string; url: string }; secret: string };
  return { ...webhook, secret };
}

/** Sends a body as it is; a library would write it anew. */
async function send(url: string, headers: Headers, body: string): Promise<{ status: number; code?: string }> {
  const reply = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });
  const { code } = (await reply.json()) as { code?: string };
  return { status: reply.status, ...(code === undefined ? {} : { code }) };
}

for (const { name, scheme, sign } of PACKAGES) {
  test(`what ${name} signs is let in once, and nothing that is not quite that`, async ({ member }) => {
    const { url, secret } = await hook(member.person, scheme);
    const body = JSON.stringify({ id: 'evt_1', type: 'invoice.paid', data: { amount: 1250 } });
    const now = new Date();
    const right = sign(secret, 'msg_1', now, body);
    const invalid = { status: 401, code: 'SIGNATURE_INVALID' };

    expect(await send(url, right, body.replace('1250', '9999')), 'altered').toEqual(invalid);
    expect(await send(url, right, JSON.stringify(JSON.parse(body), null, 2)), 'written anew').toEqual(invalid);
    const others = sign('whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=', 'msg_1', now, body);
    expect(await send(url, others, body), 'signed with another secret').toEqual(invalid);
    expect(await send(url, {}, body), 'not signed').toEqual(invalid);
    if (scheme !== 'hmac-sha256') {
      for (const minutes of [-6, 6]) {
        const then = new Date(now.getTime() + minutes * 60_000);
        const refused = { status: 401, code: 'TIMESTAMP_OUT_OF_RANGE' };
        expect(await send(url, sign(secret, 'msg_1', then, body), body), `${minutes} minutes off`).toEqual(refused);
      }
    }
    const large = JSON.stringify({ text: 'x'.repeat(1024 * 1024) });
    const tooLarge = { status: 413, code: 'BODY_TOO_LARGE' };
    expect(await send(url, sign(secret, 'msg_2', now, large), large), 'oversized').toEqual(tooLarge);

    expect(await send(url, right, body), 'right').toEqual({ status: 202 });
    expect(await send(url, right, body), 'repeated').toEqual({ status: 200 });
    expect((await member.person.dispatches()).used).toBe(1);
  });
}

/** The text of the secret that was just made. */
async function shown(page: Page): Promise<string> {
  const text = (await page.getByRole('region', { name: 'Signing secret', exact: true }).innerText()).trim();
  expect(text).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  return text;
}

async function create(page: Page, name: string, scheme: string): Promise<void> {
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('It signs by').selectOption(scheme);
  await page.getByLabel('Sets off').selectOption('echo');
  await page.getByRole('button', { name: 'Create webhook' }).click();
}

/** The command that the page shows, as a person would paste it. */
async function paste(page: Page): Promise<string> {
  const command = await page.getByRole('region', { name: 'Send it a message from a shell' }).innerText();
  const { stdout } = await promisify(execFile)('bash', ['-c', command]);
  return stdout;
}

test('a webhook is made, sent to from a shell, watched, rotated and deleted', async ({ page, member: _, watch }) => {
  test.setTimeout(120_000);
  watch.announce(422, /^\/api\/rpc\/webhooks\/create-inbound$/);

  await test.step('the page says what a webhook is for', async () => {
    await open(page, '/dashboard');
    await navigation(page, 'Webhooks').click();
    await expect(page).toHaveURL('/webhooks');
    await expect(page.getByText('Nothing comes in yet')).toBeVisible();
  });

  await test.step('what is wrong is told beside its field', async () => {
    await page.getByLabel('Only from these networks').fill('everywhere');
    await create(page, 'Payments', 'standard');
    await expect(page.getByLabel('Only from these networks')).toBeFocused();
    await expect(page.getByLabel('Name', { exact: true })).toHaveValue('Payments');
    await page.getByLabel('Only from these networks').fill('127.0.0.0/8\n::1');
  });

  await test.step('for each scheme the command that is shown works when it is pasted', async () => {
    for (const scheme of ['standard', 'stripe', 'hmac-sha256']) {
      await create(page, `By ${scheme}`, scheme);
      await expect(page.getByRole('heading', { name: `By ${scheme} has a new signing secret` })).toBeVisible();
      await shown(page);
      expect(JSON.parse(await paste(page))).toMatchObject({ receipt: { job: expect.stringMatching(/^job_/) } });
    }
    await page.getByRole('link', { name: 'I have stored it' }).click();
    await expect(page.getByRole('region', { name: 'Signing secret', exact: true })).toHaveCount(0);
  });

  await test.step('what has come stands on its page, with what was turned away', async () => {
    await page.getByRole('link', { name: 'By standard', exact: true }).click();
    await expect(page).toHaveURL(/\/webhooks\/inb_/);
    await expect(page.getByRole('listitem').filter({ hasText: 'ping' })).toContainText('let in');
    const url = (await page.getByText(/^http.*\/hooks\/inb_/).innerText()).trim();
    expect(await send(url, {}, '{}')).toEqual({ status: 401, code: 'SIGNATURE_INVALID' });
    await page.reload();
    await expect(page.getByRole('listitem').filter({ hasText: 'Signature invalid' })).toContainText('SIGNATURE_INVALID');
    await page.getByRole('link', { name: 'Open the job' }).click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('echo · ping');
    await page.goBack();
  });

  await test.step('it is changed', async () => {
    await page.getByLabel('Name', { exact: true }).fill('Bills');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByText('The webhook is changed.')).toBeVisible();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Bills');
  });

  await test.step('it is given another secret', async () => {
    await page.getByRole('button', { name: 'Rotate the secret' }).click();
    const question = page.getByRole('dialog', { name: 'Rotate the secret of Bills?' });
    await question.getByText('At once', { exact: true }).click();
    await question.getByRole('button', { name: 'Rotate it' }).click();
    await shown(page);
    expect(JSON.parse(await paste(page))).toMatchObject({ receipt: { id: expect.stringMatching(/^rcp_/) } });
  });

  await test.step('it is deleted', async () => {
    await page.getByRole('button', { name: 'Delete the webhook' }).click();
    const question = page.getByRole('dialog', { name: 'Delete Bills?' });
    await question.getByRole('button', { name: 'Delete the webhook' }).click();
    await expect(page).toHaveURL('/webhooks');
    await expect(page.getByRole('link', { name: 'Bills', exact: true })).toHaveCount(0);
    await expect(page.getByRole('link', { name: 'By stripe', exact: true })).toBeVisible();
  });
});

test('the wizard connects a service that tells what happened', async ({ page, person: _ }) => {
  await open(page, '/onboarding/welcome');
  await walkTo(page, 'integrations', 'Harbour Works');
  await page.getByRole('radio', { name: /^A service that tells what happened/ }).check();
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page).toHaveURL('/onboarding/complete');
  await expect(page.getByRole('main')).toContainText('by an inbound webhook');
  await answer(page, 'complete', 'Harbour Works');
  await expect(page).toHaveURL('/webhooks');
  await shown(page);
  expect(JSON.parse(await paste(page))).toMatchObject({ receipt: { job: expect.stringMatching(/^job_/) } });
});

test('a viewer is told why there is nothing to see', async ({ page, context, member, newPerson, server, watch }) => {
  watch.announce(403, /^\/webhooks/);
  const { id } = await hook(member.person, 'stripe');
  const viewer = await newPerson('Grace Hopper');
  await enrol(server, member.organization, viewer, 'viewer');
  await context.clearCookies();
  await viewer.enter(context);
  for (const path of ['/webhooks', `/webhooks/${id}`]) {
    expect((await page.goto(path))?.status()).toBe(403);
    await expect(page.getByRole('main')).toContainText('Webhooks are not for your role');
    await expect(page.getByRole('button', { name: 'Create webhook' })).toHaveCount(0);
  }
});

test.describe('without a script', () => {
  test.use({ javaScriptEnabled: false });

  test('a webhook is made, shown once, rotated and deleted by forms alone', async ({ page, member: _ }) => {
    await page.goto('/webhooks');
    await page.getByLabel('Only from these networks').fill('everywhere');
    await create(page, 'Payments', 'stripe');
    await expect(page.getByLabel('Only from these networks')).toHaveAttribute('aria-invalid', 'true');
    await expect(page.getByLabel('It signs by')).toHaveValue('stripe');
    await page.getByLabel('Only from these networks').fill('');
    await create(page, 'Payments', 'stripe');
    await expect(page).toHaveURL('/webhooks');
    const secret = await shown(page);
    await paste(page);
    await page.reload();
    expect(await page.content()).not.toContain(secret);

    await page.getByRole('link', { name: 'Payments', exact: true }).click();
    await expect(page.getByRole('listitem').filter({ hasText: 'ping' })).toContainText('let in');
    await page.getByRole('button', { name: 'Rotate the secret' }).click();
    await page.getByRole('dialog').getByText('1 hour', { exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Rotate it' }).click();
    expect(await shown(page)).not.toBe(secret);

    await page.getByRole('button', { name: 'Delete the webhook' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete the webhook' }).click();
    await expect(page).toHaveURL('/webhooks');
    await expect(page.getByText('Nothing comes in yet')).toBeVisible();
  });
});

// A tool that lives elsewhere: added, tried, seen through its retries, changed, given another secret and deleted; for who may,
// and told to who may not.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { dirname } from 'node:path';

import type { Locator, Page } from '@playwright/test';

import { open } from '../fixtures/hydration.ts';
import { Receiver } from '../fixtures/receiver.ts';
import { enrol } from '../fixtures/roles.ts';
import { expect, test as base } from '../fixtures/test.ts';
import { navigation } from '../fixtures/workspace.ts';

const test = base.extend<{ receiver: Receiver }>({
  receiver: async ({}, use) => {
    const receiver = await Receiver.start();
    await use(receiver);
    receiver.stop();
  },
});

async function add(page: Page, name: string, url: string): Promise<void> {
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('Address', { exact: true }).fill(url);
  await page.getByRole('button', { name: 'Add tool', exact: true }).click();
}

/** The secret that was just made. */
async function shown(page: Page): Promise<string> {
  const text = await page.getByRole('region', { name: 'Signing secret', exact: true }).innerText();
  expect(text.trim()).toMatch(/^whsec_[0-9A-Za-z+/]{43}=$/);
  return text.trim();
}

/** A tool in the list. */
function row(page: Page, name: string): Locator {
  return page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: new RegExp(`^${name}`) }) });
}

/** What a job has been through. */
function step(page: Page, title: string): Locator {
  return page.locator('.timeline').getByRole('listitem').filter({ hasText: title });
}

async function ask(page: Page, opener: string, question: string, answer: string): Promise<void> {
  await page.getByRole('button', { name: opener, exact: true }).first().click();
  await page.getByRole('dialog', { name: question }).getByRole('button', { name: answer, exact: true }).click();
}

test('a tool is added, tried, tried again, changed, given another secret and deleted', async ({ page, member: _, receiver, watch }) => {
  test.setTimeout(120_000);
  watch.announce(422, /^\/api\/rpc\/tools\/create$/);
  watch.announce(409, /^\/api\/rpc\/tools\/change$/);

  await test.step('what is built in is there already', async () => {
    await open(page, '/dashboard');
    await navigation(page, 'Tools').click();
    await expect(page).toHaveURL('/tools');
    await expect(row(page, 'echo')).toContainText('built in');
    await expect(row(page, 'http-request')).toContainText('built in');
  });

  await test.step('an address that cannot be called is refused beside it', async () => {
    await add(page, 'crm', 'ftp://example.com/jobs');
    await expect(page.getByLabel('Address', { exact: true })).toBeFocused();
    await expect(page.getByLabel('Address', { exact: true })).toHaveAttribute('aria-invalid', 'true');
    await expect(page.getByLabel('Name', { exact: true })).toHaveValue('crm');
  });

  await test.step('its secret is shown once, with a receiver that knows it', async () => {
    await add(page, 'crm', receiver.url);
    receiver.secrets = [await shown(page)];
    await expect(page.getByRole('region', { name: /A receiver in Node/ })).toContainText(receiver.secrets[0] ?? '-');
    await expect(row(page, 'crm')).toContainText(receiver.url);
    await page.reload();
    await expect(row(page, 'crm')).toBeVisible();
    expect(await page.content()).not.toContain('whsec_');
  });

  await test.step('a test call leads to its job', async () => {
    await open(page, '/tools');
    await row(page, 'crm').getByRole('button', { name: 'Test call' }).click();
    await expect(page).toHaveURL(/\/jobs\/job_/);
    await expect(step(page, 'Attempt 1')).toContainText('succeeded');
    await expect(page.getByRole('region', { name: 'Result' })).toContainText('Hello from Tenantry');
    expect(receiver.jobs).toHaveLength(1);
    expect(receiver.jobs[0]).toMatchObject({ tool: 'crm', action: 'test', payload: { message: 'Hello from Tenantry' } });
    expect(receiver.refused).toBe(0);
  });

  await test.step('what fails for now is tried again, and seen without a reload', async () => {
    receiver.next.push(503);
    const first = page.url();
    await page.getByRole('button', { name: 'Dispatch it again' }).click();
    await expect(page).not.toHaveURL(first);
    await expect(step(page, 'Attempt 1')).toContainText('HTTP 503');
    await expect(step(page, 'Attempt 1')).toContainText('The tool answered 503.');
    await expect(step(page, 'Attempt 2')).toContainText('succeeded', { timeout: 20_000 });
    expect(receiver.jobs.map((job) => job.job)).toEqual([expect.any(String), receiver.jobs[2]?.job, receiver.jobs[2]?.job]);
  });

  await test.step('a name that is taken is refused beside it, another one is kept', async () => {
    await open(page, '/tools');
    await row(page, 'crm').getByRole('link', { name: 'Open' }).click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('crm');
    await page.getByLabel('Name', { exact: true }).fill('echo');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByLabel('Name', { exact: true })).toHaveAccessibleDescription(/Another tool has this name/);
    await page.getByLabel('Name', { exact: true }).fill('crm sync');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByText('The tool is changed.')).toBeVisible();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('crm sync');
  });

  await test.step('with another secret both sign for a day', async () => {
    const old = receiver.secrets[0] ?? '-';
    await ask(page, 'Rotate the secret', 'Rotate the secret of crm sync?', 'Rotate it');
    const fresh = await shown(page);
    expect(fresh).not.toBe(old);
    receiver.secrets = [fresh, old];
    await page.getByRole('button', { name: 'Test call' }).click();
    await expect(step(page, 'Attempt 1')).toContainText('succeeded');
    expect(receiver.refused).toBe(0);
  });

  await test.step('whoever does not know the secret lets nothing in, and the job says so', async () => {
    receiver.secrets = ['whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='];
    await page.getByRole('button', { name: 'Dispatch it again' }).click();
    await expect(step(page, 'Attempt 1')).toContainText('failed');
    await expect(page.getByRole('alert')).toContainText('The tool answered 401.');
    await expect(page.getByRole('button', { name: 'Try again' })).toBeVisible();
  });

  await test.step('deleted, it is in no list', async () => {
    await open(page, '/tools');
    await row(page, 'crm sync').getByRole('link', { name: 'Open' }).click();
    await ask(page, 'Delete the tool', 'Delete crm sync?', 'Delete the tool');
    await expect(page).toHaveURL('/tools');
    await expect(page.getByText('The tool is deleted.')).toBeVisible();
    await expect(row(page, 'crm sync')).toHaveCount(0);
  });
});

test('what was read before an event came does not take its place', async ({ page, member: _, receiver }) => {
  await open(page, '/tools');
  await add(page, 'slow', receiver.url);
  receiver.secrets = [await shown(page)];
  let read = (): void => {};
  let heard = (): void => {};
  const wasRead = new Promise<void>((done) => { read = done; });
  const wasHeard = new Promise<void>((done) => { heard = done; });
  // The job runs until the page's numbers were read, and the page gets them after it was told that the job has ended.
  receiver.until = wasRead;
  await page.route('**/api/rpc/tenancy/home', async (route) => {
    const response = await route.fetch();
    read();
    await wasHeard;
    await route.fulfill({ response });
  });
  await row(page, 'slow').getByRole('button', { name: 'Test call' }).click();
  await expect(step(page, 'Attempt 1')).toContainText('succeeded');
  const again = page.getByRole('button', { name: 'Dispatch it again' });
  await expect(again).toBeEnabled();
  const finished = page.waitForEvent('requestfinished', (request) => request.url().endsWith('/tenancy/home'));
  heard();
  await finished;
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
  await expect(again).toBeEnabled();
});

/** A port that was free a moment ago. */
async function freePort(): Promise<string> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  await new Promise((done) => probe.close(done));
  return String(port);
}

/** Waits until it listens; `false` when it has ended instead. */
async function listens(receiver: ChildProcess, port: string): Promise<boolean> {
  const refused = (): Promise<number> =>
    fetch(`http://127.0.0.1:${port}/`, { method: 'POST' }).then((answer) => answer.status, () => 0);
  await expect.poll(async () => receiver.exitCode !== null || (await refused()) === 401).toBe(true);
  return receiver.exitCode === null;
}

test('the receiver that is shown works when it is pasted', async ({ page, member: _ }) => {
  // Below the packages, so that it finds the one that it names.
  const file = test.info().outputPath('receiver.mjs');
  await mkdir(dirname(file), { recursive: true });
  const started: ChildProcess[] = [];
  const paste = async (name: string): Promise<boolean> => {
    const port = await freePort();
    await open(page, '/tools');
    await add(page, name, `http://127.0.0.1:${port}/`);
    await writeFile(file, await page.getByRole('region', { name: /A receiver in Node/ }).innerText());
    const pasted = spawn(process.execPath, [file], { env: { ...process.env, PORT: port }, stdio: 'inherit' });
    started.push(pasted);
    return listens(pasted, port);
  };
  try {
    // Somebody else may have taken the port meanwhile. It stands in the tool, so another one needs another tool.
    let tries = 1;
    while (!(await paste(`pasted ${tries}`))) tries += 1;
    const name = `pasted ${tries}`;
    await row(page, name).getByRole('button', { name: 'Test call' }).click();
    await expect(step(page, 'Attempt 1')).toContainText('succeeded');
    await expect(page.getByRole('region', { name: 'Result' })).toContainText('"action": "test"');
  } finally {
    for (const pasted of started) pasted.kill();
  }
});

test('a job that its tool answers later is watched, and can be ended', async ({ page, member, receiver }) => {
  const made = await member.person.api.post('/api/v1/tools', { data: { name: 'slow', kind: 'webhook', url: receiver.url } });
  receiver.secrets = [((await made.json()) as { secret: string }).secret];
  receiver.next.push(202, 202);
  await open(page, '/dispatch?tool=slow');
  await expect(page.getByLabel('Tool', { exact: true })).toHaveValue('slow');
  await open(page, '/tools');
  await row(page, 'slow').getByRole('button', { name: 'Test call' }).click();
  await expect(step(page, 'Waits for the tool until')).toBeVisible();

  await test.step('the tool answers, and the page says so by itself', async () => {
    const { callback_url: url, callback_token: token } = receiver.jobs[0] ?? { callback_url: '', callback_token: '' };
    const data = { status: 'succeeded', result: 'done', tokens_used: 1_234, api_calls: 2, cost_estimate: 0.5 };
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    expect((await fetch(url, { method: 'POST', headers, body: JSON.stringify(data) })).status).toBe(200);
    await expect(step(page, 'Attempt 1')).toContainText('succeeded');
    for (const fact of ['1,234', '0.50']) await expect(page.getByRole('definition').filter({ hasText: fact })).toBeVisible();
  });

  await test.step('another one is ended', async () => {
    await page.getByRole('button', { name: 'Dispatch it again' }).click();
    await expect(step(page, 'Waits for the tool until')).toBeVisible();
    await page.getByRole('button', { name: 'Cancel the job' }).click();
    await expect(step(page, 'Ended by somebody')).toContainText('canceled');
  });
});

test('a viewer sees the tools and why they are not theirs to change', async ({ page, context, member, newPerson, server }) => {
  await member.person.api.post('/api/v1/tools', { data: { name: 'crm', kind: 'webhook', url: 'https://example.com/jobs' } });
  const viewer = await newPerson('Grace Hopper');
  await enrol(server, member.organization, viewer, 'viewer');
  await context.clearCookies();
  await viewer.enter(context);
  await open(page, '/tools');
  await expect(page.getByLabel('Name', { exact: true })).toHaveCount(0);
  const button = row(page, 'crm').getByRole('button', { name: /^Test call/ });
  await expect(button).toHaveAttribute('aria-disabled', 'true');
  await expect(button).toContainText('Your role here is viewer. Dispatching needs operator');
  await row(page, 'crm').getByRole('link', { name: 'Open' }).click();
  for (const name of ['Save', 'Rotate the secret', 'Delete the tool']) {
    const button = page.getByRole('button', { name: new RegExp(`^${name}`) });
    await expect(button).toHaveAttribute('aria-disabled', 'true');
    await expect(button).toContainText('Your role here is viewer. Managing tools needs operator');
  }
});

test('a tool that the plan does not grant says which plan does', async ({ page, member }) => {
  const data = { name: 'lister', kind: 'webhook', url: 'https://example.com/jobs', feature: 'listing-auto' };
  await member.person.api.post('/api/v1/tools', { data });
  await open(page, '/tools');
  await expect(row(page, 'lister')).toContainText('needs Pro');
  const button = row(page, 'lister').getByRole('button', { name: /^Test call/ });
  await expect(button).toContainText('lister needs listing-auto, which the Free plan does not include.');
  await navigation(page, 'Dispatch').click();
  await expect(page.getByLabel('Tool', { exact: true }).locator('option', { hasText: 'lister (needs listing-auto)' })).toHaveCount(1);
});

test.describe('without a script', () => {
  test.use({ javaScriptEnabled: false });

  test('a tool is added, tried, given another secret and deleted by forms alone', async ({ page, member: _, receiver }) => {
    await page.goto('/tools');

    await test.step('what is wrong comes back with what was typed', async () => {
      await add(page, 'crm', 'ftp://example.com/jobs');
      await expect(page).toHaveURL('/tools');
      await expect(page.getByLabel('Name', { exact: true })).toHaveValue('crm');
      await expect(page.getByLabel('Address', { exact: true })).toHaveAttribute('aria-invalid', 'true');
    });

    await test.step('its secret is on the next page, once', async () => {
      await add(page, 'crm', receiver.url);
      await expect(page).toHaveURL('/tools');
      receiver.secrets = [await shown(page)];
      await page.reload();
      expect(await page.content()).not.toContain('whsec_');
    });

    await test.step('a test call leads to its job', async () => {
      await row(page, 'crm').getByRole('button', { name: 'Test call' }).click();
      await expect(page).toHaveURL(/\/jobs\/job_/);
      await expect.poll(() => receiver.jobs.length).toBe(1);
      await expect
        .poll(async () => {
          await page.reload();
          return step(page, 'Attempt 1').innerText().catch(() => '');
        })
        .toContain('succeeded');
    });

    await test.step('another secret', async () => {
      await page.goto('/tools');
      await row(page, 'crm').getByRole('link', { name: 'Open' }).click();
      await ask(page, 'Rotate the secret', 'Rotate the secret of crm?', 'Rotate it');
      expect(await shown(page)).not.toBe(receiver.secrets[0]);
      await expect(page).toHaveURL(/\/tools\/tool_/);
    });

    await test.step('deleted', async () => {
      await ask(page, 'Delete the tool', 'Delete crm?', 'Delete the tool');
      await expect(page).toHaveURL('/tools');
      await expect(row(page, 'crm')).toHaveCount(0);
    });
  });
});

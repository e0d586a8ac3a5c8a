// What pages refuse, and where they lead instead.

import { signIn } from '../fixtures/forms.ts';
import { hydrated } from '../fixtures/hydration.ts';
import { NO_JOB } from '../fixtures/pages.ts';
import { expect, test } from '../fixtures/test.ts';

test.describe('somebody who is not signed in', () => {
  for (const path of ['/dashboard', '/dispatch', '/keys', '/plans', '/onboarding/welcome', `/jobs/${NO_JOB}`]) {
    test(`is led from ${path} to the sign-in`, async ({ page }) => {
      await page.goto(path);
      await expect(page).toHaveURL(`/sign-in?next=${encodeURIComponent(path)}`);
    });
  }

  test('gets to where they wanted once they are signed in', async ({ page, newPerson }) => {
    const person = await newPerson();
    await person.found('Harbour Works');
    await page.goto('/plans');
    await hydrated(page);
    await signIn(page, person);
    await expect(page).toHaveURL('/plans');
  });

  for (const next of ['//evil.example', '/\\evil.example', 'https://evil.example/', '/%09/evil.example']) {
    test(`is not led on to ${next}`, async ({ page, newPerson, server }) => {
      const person = await newPerson();
      await person.found('Harbour Works');
      await page.goto(`/sign-in?next=${encodeURIComponent(next)}`);
      await hydrated(page);
      await signIn(page, person);
      await expect(page).not.toHaveURL(/\/sign-in/);
      expect(new URL(page.url()).origin).toBe(new URL(server.url).origin);
    });
  }
});

test.describe('somebody without an organization', () => {
  for (const path of ['/dashboard', '/dispatch', '/keys', '/plans']) {
    test(`is led from ${path} to the wizard`, async ({ page, person: _ }) => {
      await page.goto(path);
      await expect(page).toHaveURL('/onboarding/welcome');
    });
  }
});

test('who is signed in finds no sign-in', async ({ page, member: _ }) => {
  await page.goto('/sign-in');
  await expect(page).toHaveURL('/dashboard');
});

test('the job of another organization is as if there were none', async ({ page, member: _, newPerson, watch }) => {
  watch.announce(404, /^\/jobs\//);
  const stranger = await newPerson('Grace Hopper');
  await stranger.found('Meridian');
  const theirs = await stranger.job({ secret: 'blue heron' });

  const texts: string[] = [];
  for (const id of [theirs, NO_JOB, 'job_nonsense']) {
    const answer = await page.goto(`/jobs/${id}`);
    expect(answer?.status(), id).toBe(404);
    await hydrated(page);
    await expect(page.getByRole('heading', { level: 1, name: 'There is nothing here' })).toBeVisible();
    texts.push((await page.locator('main').innerText()).replaceAll(id, 'job'));
  }
  expect(new Set(texts).size, 'all three pages say the same').toBe(1);
  expect(await page.content()).not.toContain('blue heron');
});

test('an address that there is not gets a page with status 404', async ({ page, watch }) => {
  watch.announce(404, /^\/no-such-page$/);
  const answer = await page.goto('/no-such-page');
  expect(answer?.status()).toBe(404);
  await expect(page.getByRole('link').first()).toBeVisible();
});

test('the session is out of reach for scripts and other sites', async ({ page, context, newPerson }) => {
  const person = await newPerson();
  await page.goto('/sign-in');
  await hydrated(page);
  await signIn(page, person);
  await expect(page).toHaveURL('/onboarding/welcome');
  const session = (await context.cookies()).find((cookie) => cookie.name === 'tenantry');
  expect(session).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/' });
  expect(await page.evaluate(() => document.cookie)).toBe('');
});

test('a page runs what its own answer brought and nothing else', async ({ member, page, watch }) => {
  const nonces: string[] = [];
  for (const path of ['/', '/sign-in', '/dashboard', '/dispatch', '/keys', '/plans']) {
    const answer = await member.person.api.get(path);
    const headers = answer.headers();
    const policy = headers['content-security-policy'] ?? '';
    const nonce = /script-src [^;]*'nonce-([^']+)'/.exec(policy)?.[1];
    expect(policy, path).toContain("default-src 'self'");
    expect(policy, path).toContain("object-src 'none'");
    expect(policy, path).toContain("frame-ancestors 'none'");
    expect(policy, path).not.toContain('unsafe-inline');
    expect(nonce, path).toBeTruthy();
    nonces.push(nonce ?? '');
    expect(headers['x-content-type-options'], path).toBe('nosniff');
    expect(headers['referrer-policy'], path).toBe('same-origin');
    expect(headers['cache-control'], path).toContain('private');

    const html = await answer.text();
    expect(html.match(/<[^>]*\son[a-z]+=/gi) ?? [], `${path}: handlers in attributes`).toEqual([]);
    expect(html.match(/<[^>]*\sstyle=/gi) ?? [], `${path}: styles in attributes`).toEqual([]);
  }
  expect(new Set(nonces).size, 'a nonce is used once').toBe(nonces.length);

  // The policy holds in the browser too: a script that got in does not run.
  watch.announceComplaint(/Executing inline event handler violates/);
  await page.goto('/dashboard');
  await hydrated(page);
  const ran = await page.evaluate(() => {
    document.body.insertAdjacentHTML('beforeend', '<a id="bait" onclick="window.name = \'ran\'">bait</a>');
    document.getElementById('bait')?.click();
    return window.name;
  });
  expect(ran).toBe('');
});

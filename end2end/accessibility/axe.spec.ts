// No page breaks a rule that a machine can check: WCAG 2.0 to 2.2, A and AA, on a phone and on a desk, light and dark.

import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';

import { signIn } from '../fixtures/forms.ts';
import { open, painted, sideways } from '../fixtures/hydration.ts';
import { NO_JOB, PUBLIC, WORKSPACE } from '../fixtures/pages.ts';
import { expect, test } from '../fixtures/test.ts';
import { STEPS, answer } from '../fixtures/wizard.ts';
import { account, switcher } from '../fixtures/workspace.ts';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa'];

const WINDOWS = [
  { width: 390, height: 844 },
  { width: 1280, height: 800 },
];

/** Looks at what is shown now in every look that it has. */
async function examine(page: Page): Promise<void> {
  for (const viewport of WINDOWS) {
    await page.setViewportSize(viewport);
    // What happens to lie under the bar that stands still is half covered there, and whole a line further.
    await page.evaluate(() => window.scrollTo(0, 0));
    // WCAG 1.4.10, which axe does not know: whatever is shown, one reads it by moving down alone.
    expect.soft(await sideways(page), `${page.url()} is wider than ${viewport.width} pixels`).toBe(0);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await painted(page);
      // Nothing of ours is in a frame, so the check needs no second page to bring its parts together.
      const axe = new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ['violations'] }).withTags(RULES);
      const { violations } = await axe.analyze();
      const found = violations.flatMap(({ id, help, nodes }) =>
        nodes.map((node) => `${id} (${help}): ${node.target.join(' ')} – ${node.failureSummary ?? ''}`),
      );
      expect.soft(found, `${page.url()} at ${viewport.width} pixels, ${colorScheme}`).toEqual([]);
    }
  }
}

for (const { name, path } of PUBLIC) {
  test(`the ${name} page breaks no rule`, async ({ page }) => {
    await open(page, path);
    await examine(page);
  });
}

test('a refused sign-in breaks no rule', async ({ page, watch }) => {
  watch.announce(401, /sign-in$/);
  await open(page, '/sign-in');
  await signIn(page, { email: 'nobody@example.com', password: 'not my password' });
  await expect(page.getByRole('alert')).toBeVisible();
  await examine(page);
});

test('the wizard breaks no rule in any step', async ({ page, person: _ }) => {
  await open(page, '/onboarding/welcome');
  for (const step of STEPS) {
    await expect(page).toHaveURL(`/onboarding/${step}`);
    await examine(page);
    await answer(page, step, 'Harbour Works');
  }
});

for (const { name, path } of WORKSPACE) {
  test(`the ${name} page breaks no rule`, async ({ page, member }) => {
    await member.person.finishedJob({ text: 'hello' });
    await open(page, path);
    await examine(page);
  });
}

test('the page of a job breaks no rule', async ({ page, member }) => {
  const job = await member.person.finishedJob({ text: 'hello' });
  await open(page, `/jobs/${job}`);
  await expect(page.getByText('succeeded').first()).toBeVisible();
  await examine(page);
});

test('a key that is shown, its list and its questions break no rule', async ({ page, member: _ }) => {
  await open(page, '/keys');
  await page.getByLabel('Name', { exact: true }).fill('Nightly import');
  await page.getByRole('button', { name: 'Create key', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Copy the key' })).toBeVisible();
  await examine(page);
  for (const question of ['Rotate', 'Revoke']) {
    await page.getByRole('button', { name: question }).click();
    await expect(page.getByRole('dialog')).toBeVisible();
    await examine(page);
    await page.keyboard.press('Escape');
  }
});

test('a tool with its secret and its questions breaks no rule', async ({ page, member: _ }) => {
  await open(page, '/tools');
  await page.getByLabel('Name', { exact: true }).fill('crm');
  await page.getByLabel('Address', { exact: true }).fill('https://example.com/jobs');
  await page.getByRole('button', { name: 'Add tool', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Copy the secret' })).toBeVisible();
  await examine(page);
  await page.getByRole('link', { name: 'crm', exact: true }).click();
  for (const question of ['Rotate the secret', 'Delete the tool']) {
    await page.getByRole('button', { name: question }).click();
    await expect(page.getByRole('dialog')).toBeVisible();
    await examine(page);
    await page.keyboard.press('Escape');
  }
});

test('a webhook with its secret, what has come and its questions break no rule', async ({ page, member: _ }) => {
  await open(page, '/webhooks');
  await page.getByLabel('Name', { exact: true }).fill('Payments');
  await page.getByRole('button', { name: 'Create webhook', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Copy the secret' })).toBeVisible();
  await examine(page);
  await page.getByRole('link', { name: 'Payments', exact: true }).click();
  const url = (await page.getByText(/^http.*\/hooks\/inb_/).innerText()).trim();
  expect((await page.request.post(url, { data: {} })).status()).toBe(401);
  await page.reload();
  await expect(page.getByText('Signature invalid')).toBeVisible();
  for (const question of ['Rotate the secret', 'Delete the webhook']) {
    await page.getByRole('button', { name: question }).click();
    await expect(page.getByRole('dialog')).toBeVisible();
    await examine(page);
    await page.keyboard.press('Escape');
  }
});

test('the page of what there is not breaks no rule', async ({ page, member: _, watch }) => {
  watch.announce(404, /^\/jobs\//);
  await open(page, `/jobs/${NO_JOB}`);
  await examine(page);
});

test('open menus break no rule', async ({ page, member }) => {
  await member.person.found('Meridian');
  await open(page, '/dashboard');
  await switcher(page).click();
  await expect(page.getByRole('menuitemradio', { name: /Meridian/ })).toBeVisible();
  await examine(page);
  await page.keyboard.press('Escape');
  await account(page).click();
  await expect(page.getByRole('button', { name: 'Sign out' })).toBeVisible();
  await examine(page);
});

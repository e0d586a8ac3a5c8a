// Two tabs of one browser: each keeps its organization and is told where the other went; who signs out is out in both.

import type { Locator, Page } from '@playwright/test';

import { moved, open } from '../fixtures/hydration.ts';
import { expect, test } from '../fixtures/test.ts';
import { account, month, switchTo, switcher } from '../fixtures/workspace.ts';

function notice(page: Page): Locator {
  return page.getByText(/^You switched to \W?Meridian\W? in another tab\. This one still shows \W?Harbour Works\W?\.$/);
}

test('a switch in one tab is said in the other, which follows only when it is asked to', async ({ page, context, member }) => {
  await member.person.job({ in: 'Harbour Works' });
  await member.person.found('Meridian', 'pro');
  await open(page, '/dashboard');
  const other = await context.newPage();
  await open(other, '/dispatch');
  await other.getByLabel('Action').fill('half typed');
  const before = await moved(other);

  await test.step('it says so, stays where it is, and moves nothing', async () => {
    await switchTo(page, 'Meridian');
    await expect(switcher(page)).toContainText('Meridian');
    await expect(notice(other)).toBeVisible();
    await expect(switcher(other)).toContainText('Harbour Works');
    await expect(other.getByLabel('Action')).toHaveValue('half typed');
    expect(await moved(other), 'nothing moves').toBe(before);
    await expect(page.getByText('in another tab'), 'who switched knows it').toBeHidden();
  });

  await test.step('whoever stays is asked no more', async () => {
    await other.getByRole('button', { name: 'Stay here' }).click();
    await expect(notice(other)).toBeHidden();
    await expect(switcher(other)).toContainText('Harbour Works');
    await expect(other.getByLabel('Action')).toHaveValue('half typed');
  });

  await test.step('when the other comes back by itself, there is nothing to say', async () => {
    await switchTo(page, 'Harbour Works');
    await switchTo(page, 'Meridian');
    await expect(notice(other)).toBeVisible();
    await switchTo(page, 'Harbour Works');
    await expect(notice(other)).toBeHidden();
  });

  await test.step('whoever follows is there without a reload', async () => {
    await switchTo(page, 'Meridian');
    await other.evaluate(() => (window.name = 'the same page'));
    await other.getByRole('button', { name: 'Go to Meridian' }).click();
    await expect(switcher(other)).toContainText('Meridian');
    await expect(notice(other)).toBeHidden();
    await expect(other).toHaveURL('/dispatch');
    expect(await other.evaluate(() => window.name)).toBe('the same page');
    await open(other, '/dashboard');
    await expect(month(other)).toHaveAttribute('aria-valuetext', '0 of 5,000');
  });
});

test('who signs out in one tab is out in all, and comes back to where each was', async ({ page, context, member, watch }) => {
  // What a page reads in the moment of its leaving may be refused already.
  watch.announce(401, /^\/api\//);
  await open(page, '/dashboard');
  const other = await context.newPage();
  await open(other, '/usage?meter=api_calls');
  await account(page).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page).toHaveURL('/');
  await expect(other).toHaveURL(/\/sign-in\?next=%2Fusage%3Fmeter%3Dapi_calls$/);
  await other.getByLabel('E-mail').fill(member.person.email);
  await other.getByLabel('Password').fill(member.person.password);
  await other.getByRole('button', { name: 'Sign in' }).click();
  await expect(other).toHaveURL('/usage?meter=api_calls');
});

test('a page that anybody may see stays when somebody signs out', async ({ page, context, member: _ }) => {
  await open(page, '/dashboard');
  const other = await context.newPage();
  await open(other, '/');
  await other.evaluate(() => (window.name = 'the same page'));
  await account(page).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page).toHaveURL('/');
  await other.waitForTimeout(500);
  await expect(other).toHaveURL('/');
  expect(await other.evaluate(() => window.name)).toBe('the same page');
});

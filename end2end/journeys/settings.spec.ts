// The organization's settings: called otherwise before everybody's eyes, refused beside the field, explained to who may not; with
// scripts and without.

import type { Locator, Page } from '@playwright/test';

import { hydrated, open } from '../fixtures/hydration.ts';
import { enrol } from '../fixtures/roles.ts';
import { expect, test } from '../fixtures/test.ts';
import { choice, navigation, switcher } from '../fixtures/workspace.ts';

/** A field of the form. */
function field(page: Page, label: 'Name' | 'Address' | 'Time zone'): Locator {
  return page.getByRole('main').getByLabel(label, { exact: true });
}

function save(page: Page): Locator {
  return page.getByRole('main').getByRole('button', { name: /^Save/ });
}

/** An address that nobody has yet. */
function address(): string {
  return `meridian-${Math.random().toString(36).slice(2, 10)}`;
}

test('another name is on every open page at once, and what others type is not lost', async ({ page, context, member, watch }) => {
  watch.announce(409, /^\/api\/rpc\/settings\/save$/);
  const other = await context.newPage();
  await open(other, '/dashboard');
  await open(page, '/dashboard');
  await navigation(page, 'Settings').click();
  await expect(page).toHaveURL('/settings');
  const slug = address();

  await test.step('the address says what it means while it is typed', async () => {
    await expect(field(page, 'Name')).toHaveValue('Harbour Works');
    await expect(field(page, 'Address')).toHaveValue(member.organization.slug);
    await field(page, 'Address').fill(slug);
    await expect(page.getByText(`{"organization": "${slug}"}`)).toBeVisible();
    await expect(page.getByText(`tenantry org show ${slug}`)).toBeVisible();
  });

  await test.step('what is saved shows here and on the other page, in the switcher and its list', async () => {
    await field(page, 'Name').fill('Meridian');
    await save(page).click();
    await expect(page.getByText('The settings are saved.')).toBeVisible();
    for (const one of [page, other]) await expect(switcher(one)).toContainText('Meridian');
    await switcher(other).click();
    await expect(choice(other, 'Meridian')).toContainText(slug);
    await expect(choice(other, 'Harbour Works')).toHaveCount(0);
    await expect(field(page, 'Name')).toHaveValue('Meridian');
  });

  await test.step('what a program changes meanwhile shows, and what is being typed stays and undoes nothing', async () => {
    await field(page, 'Name').fill('Meridian Works');
    const answer = await member.person.api.patch('/api/tenant/organization', { data: { slug: `${slug}-2` } });
    expect(answer.status(), await answer.text()).toBe(200);
    await expect(field(page, 'Address')).toHaveValue(`${slug}-2`);
    await expect(field(page, 'Name')).toHaveValue('Meridian Works');
    await save(page).click();
    await expect(switcher(page)).toContainText('Meridian Works');
    const now = await member.person.api.get('/api/tenant/organization');
    const { organization } = (await now.json()) as { organization: { name: string; slug: string } };
    expect([organization.name, organization.slug]).toEqual(['Meridian Works', `${slug}-2`]);
  });

  await test.step('a taken address is refused beside it', async () => {
    const taken = await member.person.found('Atelier Nine', 'pro');
    await field(page, 'Address').fill(taken.slug);
    await save(page).click();
    await expect(field(page, 'Address')).toBeFocused();
    await expect(field(page, 'Address')).toHaveAccessibleDescription(/Somebody has this address/);
    await expect(field(page, 'Address')).toHaveValue(taken.slug);
  });

  await test.step('after a reload it is still so', async () => {
    await page.reload();
    await hydrated(page);
    await expect(field(page, 'Name')).toHaveValue('Meridian Works');
    await expect(field(page, 'Address')).toHaveValue(`${slug}-2`);
  });
});

test('another time zone moves the end of the day, and a wrong one is refused', async ({ page, member: _, watch }) => {
  watch.announce(422, /^\/api\/rpc\/settings\/save$/);
  await open(page, '/settings');
  const ends = page.getByText(/^This day ends on /);
  await expect(ends).toContainText('00:00 UTC');
  await field(page, 'Time zone').fill('Mars/Olympus');
  await save(page).click();
  await expect(field(page, 'Time zone')).toHaveAccessibleDescription(/Use a name of the IANA time zone database/);
  await field(page, 'Time zone').fill('Asia/Kathmandu');
  await save(page).click();
  await expect(page.getByText('The settings are saved.')).toBeVisible();
  await expect(ends).toContainText('18:15 UTC');
  await expect(page.locator('datalist option[value="Europe/Berlin"]')).toHaveCount(1);
});

test('the ids are there to be copied', async ({ page, context, member }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await open(page, '/settings');
  await page.getByRole('button', { name: "Copy the organization's id" }).click();
  await expect(page.getByText('Copied.')).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(member.organization.id);
  await expect(page.getByRole('main').getByText(/^ten_[0-9a-z]{26}$/)).toBeVisible();
});

for (const role of ['viewer', 'operator'] as const) {
  test(`who is ${role} sees the settings and whom to ask`, async ({ page, context, member, newPerson, server }) => {
    const grace = await newPerson('Grace Hopper');
    await enrol(server, member.organization, grace, role);
    await context.clearCookies();
    await grace.enter(context);
    await open(page, '/settings');
    await expect(field(page, 'Name')).toHaveValue('Harbour Works');
    for (const label of ['Name', 'Address', 'Time zone'] as const) {
      await expect(field(page, label)).not.toBeEditable();
    }
    await expect(save(page)).toHaveAttribute('aria-disabled', 'true');
    await expect(save(page)).toContainText(`Your role here is ${role}. Changing settings needs admin`);
  });
}

test.describe('without a script', () => {
  test.use({ javaScriptEnabled: false });

  test('the settings are changed by a form alone', async ({ page, member: _ }) => {
    await page.goto('/dashboard');
    await navigation(page, 'Settings').click();
    await expect(page).toHaveURL('/settings');
    const slug = address();

    await test.step('what is wrong comes back with what was typed', async () => {
      await field(page, 'Name').fill('Meridian');
      await field(page, 'Address').fill('Not An Address');
      await save(page).click();
      await expect(page).toHaveURL('/settings');
      await expect(field(page, 'Name')).toHaveValue('Meridian');
      await expect(field(page, 'Address')).toHaveValue('Not An Address');
      await expect(field(page, 'Address')).toHaveAccessibleDescription(/no hyphen at the start/);
    });

    await test.step('what is right is saved, and says so', async () => {
      await field(page, 'Address').fill(slug);
      await field(page, 'Time zone').fill('Europe/Berlin');
      await save(page).click();
      await expect(page.getByText('The settings are saved.')).toBeVisible();
      await expect(switcher(page)).toContainText('Meridian');
      await expect(field(page, 'Address')).toHaveValue(slug);
      await expect(field(page, 'Time zone')).toHaveValue('Europe/Berlin');
      await expect(page.getByText(`tenantry org show ${slug}`)).toBeVisible();
    });
  });
});

// Workspaces' own hosts: how one gets there, that each keeps to itself, and that windows of one browser do not mix.

import { dispatch, signIn } from '../fixtures/forms.ts';
import { hydrated } from '../fixtures/hydration.ts';
import { expect } from '../fixtures/test.ts';
import { test } from '../fixtures/hosts.ts';
import { account, choice, month, navigation, switchTo, switcher } from '../fixtures/workspace.ts';

test('whoever is signed in at the main host is let in, and signing out ends both', async ({ page, member, at, server }) => {
  const { slug } = member.organization;

  await test.step('the page that was wanted comes without a question', async () => {
    await page.goto(at(slug, '/dispatch'));
    await expect(page).toHaveURL(at(slug, '/dispatch'));
    await hydrated(page);
    await expect(switcher(page)).toContainText('Harbour Works');
  });

  await test.step('it works there', async () => {
    await dispatch(page, 'greet', '{"message": "from our own host"}');
    await expect(page.getByRole('region', { name: 'Result' })).toContainText('from our own host');
    await navigation(page, 'Dashboard').click();
    await expect(month(page)).toHaveAttribute('aria-valuetext', '1 of 500');
  });

  await test.step('what belongs to the installation is at the main host', async () => {
    await switcher(page).click();
    await page.getByRole('link', { name: 'Create organization' }).click();
    await expect(page).toHaveURL(`${server.url}/onboarding/welcome`);
  });

  await test.step('signing out there ends both sessions', async () => {
    await page.goto(at(slug, '/dashboard'));
    await hydrated(page);
    await account(page).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await expect(page).toHaveURL(/\/sign-in\?next=%2Fhand-over/);
    expect(new URL(page.url()).origin).toBe(server.url);
    await page.goto('/dashboard');
    await expect(page).toHaveURL('/sign-in?next=%2Fdashboard');
  });

  await test.step('after the sign-in one is where one wanted to go', async () => {
    await page.goto(at(slug, '/plans'));
    await hydrated(page);
    await signIn(page, member.person);
    await expect(page).toHaveURL(at(slug, '/plans'));
    await expect(switcher(page)).toContainText('Harbour Works');
  });
});

test('two hosts in two windows keep to themselves, and the switcher leads from one to the other', async ({
  page,
  context,
  member,
  at,
}) => {
  const here = member.organization;
  const there = await member.person.found('Meridian');
  await page.goto(at(here.slug, '/dispatch'));
  await hydrated(page);
  const other = await context.newPage();
  await other.goto(at(there.slug, '/dashboard'));
  await hydrated(other);
  await expect(switcher(page)).toContainText('Harbour Works');
  await expect(switcher(other)).toContainText('Meridian');

  await dispatch(page, 'greet', '{"message": "here"}');
  await expect(page.getByRole('region', { name: 'Result' })).toContainText('here');
  await other.reload();
  await expect(month(other)).toHaveAttribute('aria-valuetext', '0 of 500');

  await switcher(page).click();
  await choice(page, 'Meridian').click();
  await expect(page).toHaveURL(at(there.slug, '/dashboard'));
  await hydrated(page);
  await expect(switcher(page)).toContainText('Meridian');
  await page.goto(at(here.slug, '/dashboard'));
  await expect(month(page)).toHaveAttribute('aria-valuetext', '1 of 500');
});

test('a host of nobody and that of a stranger are the same to who does not belong', async ({
  page,
  person,
  newPerson,
  at,
  watch,
}) => {
  const stranger = await newPerson('Eve Moneypenny');
  const { slug } = await stranger.found('Eve Works');
  watch.announce(404, /^\/hand-over$/);
  const seen: string[] = [];
  for (const host of [slug, 'no-such-workspace']) {
    await page.goto(at(host, '/dashboard'));
    await expect(page.getByRole('heading')).toHaveText('There is no such workspace for you');
    await expect(page.getByRole('main')).toContainText(person.email);
    seen.push(await page.content());
  }
  expect(seen[0]).toBe(seen[1]);
});

test('a way in that is not this browser’s says so, and how to start again', async ({ page, member, at, watch }) => {
  watch.announce(403, /^\/enter$/);
  const { slug } = member.organization;
  await page.goto(at(slug, `/enter?code=${'A'.repeat(43)}&next=%2Fplans`));
  await expect(page.getByRole('heading')).toHaveText('This way in has closed');
  await page.getByRole('link', { name: 'Start again' }).click();
  await expect(page).toHaveURL(at(slug, '/plans'));
});

test.describe('without a script', () => {
  test.use({ javaScriptEnabled: false });

  test('each step of the way has a button', async ({ page, newPerson, at, server }) => {
    const person = await newPerson();
    const { slug } = await person.found('Harbour Works');
    const proceed = () => page.getByRole('button', { name: 'Continue' }).click();
    await page.goto(at(slug, '/plans'));
    await expect(page).toHaveURL(/\/sign-in\?next=%2Fhand-over/);
    await signIn(page, person);
    await expect(page).toHaveURL(/\/hand-over\?/);
    await proceed();
    await expect(page).toHaveURL(/\/enter\?code=/);
    await proceed();
    await expect(page).toHaveURL(at(slug, '/plans'));
    await page.getByRole('button', { name: 'Change to Pro' }).click();
    await expect(page).toHaveURL(at(slug, '/plans'));
    await expect(page.getByRole('region', { name: 'Pro', exact: true })).toContainText('This is your plan.');

    await account(page).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await expect(page).toHaveURL(/\/sign-in\?next=%2Fhand-over/);
    expect(new URL(page.url()).origin).toBe(server.url);
  });

  test('the switcher leads to the other workspace’s host', async ({ page, member, at }) => {
    const there = at((await member.person.found('Meridian')).slug, '/dashboard');
    const proceed = () => page.getByRole('button', { name: 'Continue' }).click();
    await page.goto(at(member.organization.slug, '/dashboard'));
    await proceed();
    await proceed();
    await switchTo(page, 'Meridian');
    await proceed();
    await proceed();
    await expect(page).toHaveURL(there);
    await expect(switcher(page)).toContainText('Meridian');
  });

  test('two windows of the main host keep their own organization', async ({ page, context, member }) => {
    await member.person.found('Meridian');
    await page.goto('/dispatch');
    const other = await context.newPage();
    await other.goto('/dashboard');
    await switchTo(other, 'Meridian');
    await expect(switcher(other)).toContainText('Meridian');

    await dispatch(page, 'greet', '{"message": "from the first window"}');
    await expect(page).toHaveURL(/\/jobs\/job_\w+\?tenant=ten_/);
    await expect(switcher(page)).toContainText('Harbour Works');
    await expect(page.getByRole('main')).toContainText('greet');
    await other.reload();
    await expect(month(other)).toHaveAttribute('aria-valuetext', '0 of 500');

    // What was refused comes back to the window that sent it, as it was typed.
    await page.goto('/dispatch');
    await switchTo(page, 'Harbour Works');
    await switchTo(other, 'Meridian');
    await dispatch(page, 'greet', '{"message": <b>');
    await expect(page).toHaveURL(/\/dispatch\?tenant=ten_/);
    await expect(switcher(page)).toContainText('Harbour Works');
    await expect(page.getByRole('textbox', { name: 'Payload' })).toHaveValue('{"message": <b>');
    await switchTo(page, 'Meridian');
    await expect(page).toHaveURL('/dispatch');
    await expect(switcher(page)).toContainText('Meridian');
  });
});

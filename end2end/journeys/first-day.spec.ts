// The first day of somebody new, from the landing page to a second organization and a larger plan.

import type { Page } from '@playwright/test';

import { dispatch, signIn, signUp } from '../fixtures/forms.ts';
import { hydrated, open } from '../fixtures/hydration.ts';
import { PASSWORD, newEmail } from '../fixtures/person.ts';
import { expect, test } from '../fixtures/test.ts';
import { answer, walkTo } from '../fixtures/wizard.ts';
import { account, month, navigation, switchTo, switcher } from '../fixtures/workspace.ts';

/** Marks the page, so that a reload is noticed. */
async function mark(page: Page): Promise<void> {
  await page.evaluate(() => (document.documentElement.dataset['marked'] = 'yes'));
}

async function stillMarked(page: Page): Promise<void> {
  await expect(page.locator('html'), 'the page was not loaded anew').toHaveAttribute('data-marked', 'yes');
}

test('from the landing page to a second organization and a larger plan', async ({ newBrowser }) => {
  test.setTimeout(120_000);
  const email = newEmail();
  const firstVisit = await newBrowser();
  let page = await firstVisit.newPage();

  await test.step('sign-up leads to the wizard', async () => {
    await open(page, '/');
    await page.getByRole('link', { name: 'Start free' }).click();
    await expect(page).toHaveURL('/sign-up');
    await signUp(page, 'Ada Byron', email);
    await expect(page).toHaveURL('/onboarding/welcome');
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Welcome, Ada');
  });

  await test.step('the wizard is left after its second step', async () => {
    await hydrated(page);
    await walkTo(page, 'plan', 'Harbour Works');
    await firstVisit.close();
  });

  await test.step('another browser, after signing in, goes on where it was left', async () => {
    page = await (await newBrowser()).newPage();
    await open(page, '/sign-in');
    await signIn(page, { email, password: PASSWORD });
    await expect(page).toHaveURL('/onboarding/welcome');
    await page.getByRole('navigation', { name: 'Set-up' }).getByRole('link', { name: 'Organization' }).click();
    await expect(page.getByLabel('Name', { exact: true })).toHaveValue('Harbour Works');
    await page.getByRole('navigation', { name: 'Set-up' }).getByRole('link', { name: 'Plan' }).click();
    await expect(page).toHaveURL('/onboarding/plan');
  });

  await test.step('the last steps make the organization', async () => {
    await answer(page, 'plan', 'Harbour Works');
    await expect(page).toHaveURL('/onboarding/integrations');
    await page.getByRole('radio', { name: /^A program of yours/ }).check();
    await page.getByRole('button', { name: 'Continue' }).click();
    await expect(page).toHaveURL('/onboarding/complete');
    await expect(page.getByRole('main')).toContainText('Harbour Works');
    await expect(page.getByRole('main')).toContainText('Free');
    await expect(page.getByRole('main')).toContainText('a program, with an API key');
    await page.getByRole('button', { name: 'Create organization' }).click();
    await expect(page).toHaveURL('/keys');
    await expect(page.getByRole('region', { name: 'Key', exact: true })).toContainText('tnt_live_');
    await navigation(page, 'Dashboard').click();
    await expect(page).toHaveURL('/dashboard');
    await expect(month(page)).toHaveAttribute('aria-valuetext', '0 of 500');
  });

  await test.step('a dispatch brings its result, and the use of the month moves at once', async () => {
    await hydrated(page);
    await mark(page);
    await page.getByRole('link', { name: 'Dispatch something' }).click();
    await expect(page).toHaveURL('/dispatch');
    await dispatch(page, 'greet', '{"message": "Good morning"}');
    await expect(page.getByRole('region', { name: 'Result' })).toContainText('Good morning');
    await expect(page.getByRole('navigation', { name: 'Main' })).toContainText('1 of 500');
  });

  await test.step('the job has a page of its own', async () => {
    await page.getByRole('link', { name: 'Open the job' }).click();
    await expect(page).toHaveURL(/\/jobs\/job_/);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('echo · greet');
    await expect(page.getByRole('main')).toContainText('succeeded');
    await expect(page.getByRole('region', { name: 'Payload' })).toContainText('Good morning');
    await expect(page.getByRole('region', { name: 'Result' })).toContainText('Good morning');
  });

  await test.step('the dashboard knows all of it without a reload', async () => {
    await navigation(page, 'Dashboard').click();
    await expect(month(page)).toHaveAttribute('aria-valuetext', '1 of 500');
    await expect(page.getByRole('row', { name: /greet echo succeeded/ })).toBeVisible();
    await expect(page.getByRole('img', { name: /^Dispatches .*of the last seven days/ })).toBeVisible();
    await stillMarked(page);
  });

  await test.step('a second organization is opened from the switcher', async () => {
    await switcher(page).click();
    await page.getByRole('link', { name: 'Create organization' }).click();
    await expect(page).toHaveURL('/onboarding/welcome');
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('A new organization');
    await walkTo(page, 'complete', 'Meridian');
    await answer(page, 'complete', 'Meridian');
    await expect(page).toHaveURL('/dashboard');
    await expect(switcher(page)).toContainText('Meridian');
    await expect(month(page)).toHaveAttribute('aria-valuetext', '0 of 500');
  });

  await test.step('and left again, on the same page', async () => {
    await hydrated(page);
    await mark(page);
    await switchTo(page, 'Harbour Works');
    await expect(switcher(page)).toContainText('Harbour Works');
    await expect(month(page)).toHaveAttribute('aria-valuetext', '1 of 500');
    await expect(page).toHaveURL('/dashboard');
    await stillMarked(page);
  });

  await test.step('a larger plan counts at once', async () => {
    await navigation(page, 'Plans').click();
    await expect(page.getByRole('region', { name: 'Free' })).toContainText('This is your plan.');
    await page.getByRole('button', { name: 'Change to Pro' }).click();
    await expect(page.getByRole('region', { name: 'Pro', exact: true })).toContainText('This is your plan.');
    await expect(switcher(page)).toContainText('Pro');
    await navigation(page, 'Dashboard').click();
    // What is paid for begins with the change.
    await expect(month(page)).toHaveAttribute('aria-valuetext', '0 of 5,000');
    await stillMarked(page);
  });

  await test.step('after signing out nothing is left to see', async () => {
    await account(page).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await expect(page).toHaveURL('/');
    await page.goto('/dashboard');
    await expect(page).toHaveURL('/sign-in?next=%2Fdashboard');
  });
});

test('what another device dispatches shows when one asks', async ({ page, member }) => {
  await open(page, '/dashboard');
  await mark(page);
  await expect(month(page)).toHaveAttribute('aria-valuetext', '0 of 500');
  await member.person.job({ message: 'from elsewhere' });
  await page.getByRole('button', { name: 'Refresh' }).click();
  await expect(month(page)).toHaveAttribute('aria-valuetext', '1 of 500');
  await expect(page.getByRole('row', { name: /say echo/ })).toContainText('succeeded');
  await stillMarked(page);
});

test('a refusal stands beside its field, gets the focus, and keeps what was typed', async ({ page, watch }) => {
  watch.announce(422, /^\/api\/rpc\/accounts\/sign-up$/);
  await open(page, '/sign-up');
  await signUp(page, 'Ada Byron', 'ada@nowhere', '0123456789');
  const email = page.getByLabel('E-mail');
  await expect(email).toBeFocused();
  await expect(email).toHaveAttribute('aria-invalid', 'true');
  await expect(email).toHaveAccessibleDescription(/Enter an e-mail address such as/);
  await expect(page.getByLabel('Password')).toHaveAttribute('aria-invalid', 'true');
  await expect(page.getByLabel('Your name')).toHaveValue('Ada Byron');
  await expect(email).toHaveValue('ada@nowhere');
  await expect(page).toHaveURL('/sign-up');
});

// The same first day in a browser that runs no scripts: forms, links and what the platform itself unfolds.

import { dispatch, signIn, signUp } from '../fixtures/forms.ts';
import { PASSWORD, newEmail } from '../fixtures/person.ts';
import { expect, test } from '../fixtures/test.ts';
import { STEPS, answer, walkTo } from '../fixtures/wizard.ts';
import { account, month, navigation, switchTo, switcher } from '../fixtures/workspace.ts';

test.use({ javaScriptEnabled: false });

test('the first day works by forms alone', async ({ page }) => {
  test.setTimeout(120_000);
  const email = newEmail();

  await test.step('a wrong sign-up says beside each field what would be right, and keeps what was typed', async () => {
    await page.goto('/sign-up');
    await signUp(page, 'Ada Byron', 'ada@nowhere', '0123456789');
    await expect(page).toHaveURL('/sign-up');
    await expect(page.getByLabel('Your name')).toHaveValue('Ada Byron');
    await expect(page.getByLabel('E-mail')).toHaveValue('ada@nowhere');
    await expect(page.getByLabel('E-mail')).toHaveAttribute('aria-invalid', 'true');
    await expect(page.getByLabel('E-mail')).toHaveAccessibleDescription(/Enter an e-mail address such as/);
    await expect(page.getByLabel('Password')).toHaveAttribute('aria-invalid', 'true');
    await expect(page.getByLabel('Password')).toHaveValue('');
    expect(await page.content()).not.toContain('0123456789');
  });

  await test.step('the refusal is told once', async () => {
    await page.goto('/sign-up');
    await expect(page.locator('[aria-invalid=true]')).toHaveCount(0);
  });

  await test.step('a right one leads to the wizard', async () => {
    await signUp(page, 'Ada Byron', email);
    await expect(page).toHaveURL('/onboarding/welcome');
  });

  await test.step('an address that nobody can have is refused in the wizard, with what was typed', async () => {
    await walkTo(page, 'organization', 'Harbour Works');
    await page.getByLabel('Name', { exact: true }).fill('Harbour Works');
    await page.getByLabel('Address').fill('Not An Address');
    await page.getByRole('button', { name: 'Continue' }).click();
    await expect(page).toHaveURL('/onboarding/organization');
    await expect(page.getByLabel('Address')).toHaveValue('Not An Address');
    await expect(page.getByLabel('Address')).toHaveAccessibleDescription(/no hyphen at the start/);
    await page.getByLabel('Address').fill('');
  });

  await test.step('the wizard ends at the dashboard', async () => {
    for (const step of STEPS.slice(1)) {
      await expect(page).toHaveURL(`/onboarding/${step}`);
      await answer(page, step, 'Harbour Works');
    }
    await expect(page).toHaveURL('/dashboard');
    await expect(month(page)).toHaveAttribute('aria-valuetext', '0 of 500');
  });

  await test.step('a payload that is no JSON comes back as it was typed', async () => {
    await navigation(page, 'Dispatch').click();
    await dispatch(page, 'greet', '{"message": <b>Hello</b>');
    await expect(page).toHaveURL('/dispatch');
    const payload = page.getByRole('textbox', { name: 'Payload' });
    await expect(payload).toHaveValue('{"message": <b>Hello</b>');
    await expect(payload).toHaveAccessibleDescription(/This is no JSON: look at line 1, column 13/);
    await expect(page.getByLabel('Action')).toHaveValue('greet');
  });

  await test.step('a right one leads to its job', async () => {
    await dispatch(page, 'greet', '{"message": "Good morning"}');
    await expect(page).toHaveURL(/\/jobs\/job_/);
    await expect(async () => {
      await page.reload();
      await expect(page.getByRole('main')).toContainText('succeeded', { timeout: 100 });
    }).toPass();
    await expect(page.getByRole('region', { name: 'Result' })).toContainText('Good morning');
    await navigation(page, 'Dashboard').click();
    await expect(month(page)).toHaveAttribute('aria-valuetext', '1 of 500');
  });

  await test.step('a second organization, and back', async () => {
    await switcher(page).click();
    await page.getByRole('link', { name: 'Create organization' }).click();
    await walkTo(page, 'complete', 'Meridian');
    await answer(page, 'complete', 'Meridian');
    await expect(page).toHaveURL('/dashboard');
    await expect(switcher(page)).toContainText('Meridian');
    await navigation(page, 'Plans').click();
    await switchTo(page, 'Harbour Works');
    await expect(page).toHaveURL('/plans');
    await expect(switcher(page)).toContainText('Harbour Works');
  });

  await test.step('the plan is changed', async () => {
    await page.getByRole('button', { name: 'Change to Pro' }).click();
    await expect(page).toHaveURL('/plans');
    await expect(page.getByRole('region', { name: 'Pro', exact: true })).toContainText('This is your plan.');
    await navigation(page, 'Dashboard').click();
    await expect(month(page)).toHaveAttribute('aria-valuetext', '0 of 5,000');
  });

  await test.step('sign-out ends the session', async () => {
    await account(page).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await expect(page).toHaveURL('/');
    await page.goto('/dashboard');
    await expect(page).toHaveURL('/sign-in?next=%2Fdashboard');
  });

  await test.step('a wrong sign-in says so and keeps the address, a right one leads on', async () => {
    await signIn(page, { email, password: 'not my password' });
    await expect(page).toHaveURL('/sign-in?next=%2Fdashboard');
    await expect(page.getByRole('alert')).toContainText('INVALID_CREDENTIALS');
    await expect(page.getByLabel('E-mail')).toHaveValue(email);
    await signIn(page, { email, password: PASSWORD });
    await expect(page).toHaveURL('/dashboard');
  });
});

test('a taken address is told to who signs up with it', async ({ page, newPerson }) => {
  const { email } = await newPerson();
  await page.goto('/sign-up');
  await signUp(page, 'Somebody Else', email);
  await expect(page).toHaveURL('/sign-up');
  await expect(page.getByLabel('E-mail')).toHaveValue(email);
  await expect(page.getByLabel('E-mail')).toHaveAccessibleDescription(/There is an account with this address/);
});

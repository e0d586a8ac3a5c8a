// One's own account: another name, another address that both mailboxes agree to, another password, devices that are signed out
// from afar, and the end of it all; with scripts and without.

import type { Locator, Page } from '@playwright/test';

import { signIn } from '../fixtures/forms.ts';
import { newestMail, path } from '../fixtures/mailbox.ts';
import { newEmail } from '../fixtures/person.ts';
import { expect, test } from '../fixtures/test.ts';

const ANOTHER = 'nine silver harbours';

/** The card with this title. */
function card(page: Page, title: string): Locator {
  return page.locator('section.card').filter({ has: page.getByRole('heading', { name: title, exact: true, level: 2 }) });
}

for (const scripts of [true, false]) {
  test.describe(scripts ? 'with scripts' : 'without scripts', () => {
    test.use({ javaScriptEnabled: scripts });

    test('a person is called otherwise', async ({ page, member: _ }) => {
      await page.goto('/dashboard');
      await page.locator('summary', { hasText: 'Your account' }).click();
      await page.getByRole('link', { name: 'Your account' }).click();
      await expect(page).toHaveURL('/account');
      await page.getByLabel('Your name').fill('Ada Lovelace');
      await page.getByRole('button', { name: 'Save the name' }).click();
      await expect(page.getByText('Your name is changed.')).toBeVisible();
      await expect(page.getByLabel('Your name')).toHaveValue('Ada Lovelace');
    });

    test('another password needs the old one and signs every other device out', async ({ page, member, watch }) => {
      watch.announce(422, /accounts\/change-password$/);
      const elsewhere = member.person.api;
      await page.context().clearCookies();
      await page.goto('/sign-in?next=/account');
      await signIn(page, member.person);
      await expect(page).toHaveURL('/account');
      const password = card(page, 'Password');
      await password.getByLabel('Current password').fill('not my password');
      await password.getByLabel('New password').fill(ANOTHER);
      await password.getByRole('button').click();
      await expect(password.getByLabel('Current password')).toHaveAccessibleDescription(/This is not your password/);
      await password.getByLabel('Current password').fill(member.person.password);
      await password.getByLabel('New password').fill(ANOTHER);
      await password.getByRole('button').click();
      await expect(page.getByText('Your password is changed')).toBeVisible();
      expect((await elsewhere.get('/api/v1/auth/me')).status()).toBe(401);
    });

    test('a device is signed out from afar, and then all others', async ({ page, member, newBrowser, server, watch }) => {
      // What the devices show asks once more when its stream has ended.
      watch.announce(401, /^\/api\/(v1\/events|rpc\/)/);
      const browsers = [await newBrowser(), await newBrowser()];
      for (const context of browsers) {
        const other = await context.newPage();
        await other.goto(`${server.url}/sign-in`);
        await signIn(other, member.person);
        await expect(other).toHaveURL(/\/dashboard$/);
      }
      await page.goto('/account');
      const devices = card(page, 'Devices').getByRole('listitem');
      await expect(devices).toHaveCount(3);
      await expect(devices.filter({ hasText: 'this device' })).toHaveCount(1);
      await devices.first().getByRole('button', { name: /^Sign out/ }).click();
      await expect(page.getByText('The device is signed out.')).toBeVisible();
      await expect(devices).toHaveCount(2);
      await page.getByRole('button', { name: 'Sign every other device out' }).click();
      await expect(page.getByRole('status').getByText('Every other device is signed out.')).toBeVisible();
      await expect(devices).toHaveCount(1);
    });

    test('an address is confirmed by a link, and then nobody is asked for it', async ({ page, member }) => {
      await page.goto('/account');
      await expect(page.getByText('This address is not confirmed')).toBeVisible();
      await page.getByRole('button', { name: 'Send a link that confirms it' }).click();
      await expect(page.getByText('A link is on its way to you.')).toBeVisible();
      const mail = await newestMail(member.person.api, member.person.email);
      expect(mail.text).not.toContain(member.person.name);
      await page.goto(path(mail));
      await page.getByRole('button', { name: 'Confirm the address' }).click();
      await expect(page).toHaveURL('/dashboard');
      await page.goto('/account');
      await expect(card(page, 'E-mail')).toBeVisible();
      await expect(page.getByText('This address is not confirmed')).toHaveCount(0);
    });

    test('another address counts once both mailboxes have agreed', async ({ page, member }) => {
      const { api, email, password } = member.person;
      const next = newEmail();
      await page.goto('/account');
      const address = card(page, 'E-mail');
      await address.getByLabel('New e-mail').fill(next);
      await address.getByLabel('Current password').fill(password);
      await address.getByRole('button', { name: 'Change the address' }).click();
      await expect(page.getByText('Look into both mailboxes')).toBeVisible();
      await expect(page.getByText(`${next} waits for its confirmation at both addresses.`)).toBeVisible();

      await page.goto(path(await newestMail(api, email)));
      await page.getByRole('button', { name: 'Confirm the address' }).click();
      await expect(page.getByText('This address has agreed.')).toBeVisible();
      await page.goto('/account');
      await expect(page.getByText('at the new address', { exact: false })).toBeVisible();

      await page.goto(path(await newestMail(api, next)));
      await page.getByRole('button', { name: 'Confirm the address' }).click();
      await expect(page.getByText('Your account has its new address.')).toBeVisible();
      await page.goto('/account');
      await expect(address.getByText(`${next}.`, { exact: false })).toBeVisible();
    });

    test('an only owner stays, and who owns nothing may go', async ({ page, member, newPerson, context }) => {
      await page.goto('/account');
      await expect(page.getByText(`Nobody else owns ${member.organization.name}.`)).toBeVisible();

      const eve = await newPerson('Eve');
      // The first page's stream would come back with the other's cookie.
      await page.goto('about:blank');
      await context.clearCookies();
      await eve.enter(context);
      await page.goto('/account');
      const end = card(page, 'Delete the account');
      await end.getByText('Delete it', { exact: true }).click();
      await end.getByLabel('Current password').fill(eve.password);
      await end.getByRole('button', { name: 'Delete my account' }).click();
      await expect(page.getByText('Your account is deleted.')).toBeVisible();
      expect((await eve.api.get('/api/v1/auth/me')).status()).toBe(401);
    });
  });
}

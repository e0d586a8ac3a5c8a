// A forgotten password: asked for, found in the mail, and chosen anew, with scripts and without.

import { signIn } from '../fixtures/forms.ts';
import { newestMail, path } from '../fixtures/mailbox.ts';
import { expect, test } from '../fixtures/test.ts';

const ANOTHER = 'nine silver harbours';

for (const scripts of [true, false]) {
  test.describe(scripts ? 'with scripts' : 'without scripts', () => {
    test.use({ javaScriptEnabled: scripts });

    test('a forgotten password is chosen anew by a link that works once', async ({ page, newPerson, watch }) => {
      watch.announce(422, /accounts\/reset-password$/);
      watch.announce(410, /accounts\/reset-password$/);
      const ada = await newPerson();
      await page.goto('/sign-in');
      await page.getByRole('link', { name: 'Forgotten your password?' }).click();
      await expect(page).toHaveURL('/forgot-password');
      await page.getByLabel('E-mail').fill(ada.email);
      await page.getByRole('button', { name: 'Send the link' }).click();
      await expect(page.getByText('Look into your mailbox')).toBeVisible();

      const mail = await newestMail(ada.api, ada.email);
      expect(mail.subject).toBe('Reset your password');
      const link = path(mail);

      // Opening it changes nothing, however often; a password that is refused leaves it as it was.
      await page.goto(link);
      await page.goto(link);
      await page.getByLabel('New password').fill('password123');
      await page.getByRole('button', { name: 'Set the password' }).click();
      await expect(page.getByLabel('New password')).toHaveAccessibleDescription(/one of the first passwords/);
      await page.getByLabel('New password').fill(ANOTHER);
      await page.getByRole('button', { name: 'Set the password' }).click();
      await expect(page).toHaveURL('/sign-in?done=reset');
      await expect(page.getByText('Your password is changed')).toBeVisible();

      // Whoever was signed in is signed out, and the new password opens.
      expect((await ada.api.get('/api/v1/auth/me')).status()).toBe(401);
      await signIn(page, { email: ada.email, password: ANOTHER });
      await expect(page).toHaveURL('/onboarding/welcome');

      // The second time the link says so.
      await page.goto(link);
      await page.getByLabel('New password').fill('ten golden bridges');
      await page.getByRole('button', { name: 'Set the password' }).click();
      await expect(page.getByText('This link was used already, or is too old.')).toBeVisible();
    });

    test('an address that nobody has gets the same answer and no mail', async ({ page, newPerson }) => {
      const ada = await newPerson();
      await page.goto('/forgot-password');
      await page.getByLabel('E-mail').fill(`nobody.${ada.email}`);
      await page.getByRole('button', { name: 'Send the link' }).click();
      await expect(page.getByText('Look into your mailbox')).toBeVisible();
      const answer = await ada.api.get('/dev/mail', { params: { to: `nobody.${ada.email}` } });
      expect(await answer.json()).toEqual({ data: [] });
    });
  });
}

// The command palette: a key, a few letters, Enter. What it is made of is fetched at the first time.

import { open } from '../fixtures/hydration.ts';
import { expect, test } from '../fixtures/test.ts';
import { switcher } from '../fixtures/workspace.ts';

test('pages and organizations are a few letters away, from the first time on', async ({ page, member }) => {
  await member.person.found('Meridian');
  await open(page, '/dashboard');
  const field = page.getByRole('combobox', { name: 'A page or an organization' });
  await page.keyboard.press('Control+K');
  await expect(field).toBeFocused();
  await page.keyboard.type('deliv');
  await expect(page.getByRole('option')).toHaveCount(1);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL('/webhooks');
  await expect(field).toBeHidden();

  await page.keyboard.press('Control+K');
  await expect(field).toBeFocused();
  await expect(field, 'it begins anew').toHaveValue('');
  await page.keyboard.type('meri');
  await page.keyboard.press('Enter');
  await expect(switcher(page)).toContainText('Meridian');
  await expect(page).toHaveURL('/webhooks');
});

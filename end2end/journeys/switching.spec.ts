// Going from one organization to another without a mouse: the page stays, all that it shows is the other's.

import { dispatch } from '../fixtures/forms.ts';
import { open } from '../fixtures/hydration.ts';
import { choice, month, switchTo, switcher } from '../fixtures/workspace.ts';
import { expect, test } from '../fixtures/test.ts';

test('the keyboard alone opens, searches, chooses and leaves', async ({ page, member }) => {
  await member.person.job({ text: 'hello' });
  await member.person.job({ text: 'again' });
  await member.person.found('Meridian');
  await member.person.found('Atelier Nine', 'pro');
  await open(page, '/dashboard');
  const search = page.getByRole('searchbox', { name: 'Find an organization' });

  await test.step('Enter opens it, and one may type at once', async () => {
    await switcher(page).focus();
    await page.keyboard.press('Enter');
    await expect(search).toBeFocused();
    await expect(choice(page, 'Harbour Works')).toHaveAttribute('aria-checked', 'true');
    await expect(choice(page, 'Meridian')).toHaveAttribute('aria-checked', 'false');
  });

  await test.step('Escape leaves everything as it was', async () => {
    await page.keyboard.press('Escape');
    await expect(search).toBeHidden();
    await expect(switcher(page)).toBeFocused();
    await expect(switcher(page)).toContainText('Harbour Works');
  });

  await test.step('arrows walk, and stop at the ends', async () => {
    await page.keyboard.press('ArrowDown');
    await expect(search).toBeFocused();
    await page.keyboard.press('ArrowDown');
    await expect(choice(page, 'Atelier Nine')).toBeFocused();
    await page.keyboard.press('ArrowDown');
    await expect(choice(page, 'Harbour Works')).toBeFocused();
    await page.keyboard.press('End');
    await expect(page.getByRole('link', { name: 'Create organization' })).toBeFocused();
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowUp');
    await expect(search).toBeFocused();
  });

  await test.step('what is typed finds, Enter goes there, the page stays', async () => {
    await page.keyboard.type('atel');
    await expect(page.getByRole('menuitemradio')).toHaveCount(1);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await expect(switcher(page)).toContainText('Atelier Nine');
    await expect(switcher(page)).toContainText('Pro');
    await expect(page).toHaveURL('/dashboard');
    await expect(month(page)).toHaveAttribute('aria-valuetext', '0 of 5,000');
    await expect(search).toBeHidden();
  });

  await test.step('and back again', async () => {
    await switcher(page).focus();
    await page.keyboard.press('Enter');
    await expect(search).toBeFocused();
    await page.keyboard.type('harbour');
    await page.keyboard.press('Enter');
    await expect(switcher(page)).toContainText('Harbour Works');
    await expect(month(page)).toHaveAttribute('aria-valuetext', '2 of 500');
  });

  await test.step('who is not found is said so', async () => {
    await switcher(page).focus();
    await page.keyboard.press('Enter');
    await page.keyboard.type('nobody of that name');
    await expect(page.getByText('No organization has this name.')).toBeVisible();
    await page.keyboard.press('Escape');
  });

  await test.step('what is typed before the browser has told that it is open stays', async () => {
    await switcher(page).evaluate((summary: HTMLElement) => {
      const search = summary.parentElement?.querySelector('input[type=search]');
      if (!(search instanceof HTMLInputElement)) throw new Error('there is no search');
      // In one breath: what opens tells it when this is over.
      summary.click();
      search.focus();
      search.value = 'meri';
      search.dispatchEvent(new InputEvent('input', { bubbles: true }));
    });
    await expect(page.getByRole('menuitemradio')).toHaveCount(1);
    await page.waitForTimeout(100);
    await expect(search).toHaveValue('meri');
    await expect(page.getByRole('menuitemradio')).toHaveCount(1);
    await page.keyboard.press('Escape');
  });

  await test.step('after a reload one is still there', async () => {
    await page.reload();
    await expect(switcher(page)).toContainText('Harbour Works');
  });
});

test('two windows keep their own organization', async ({ page, context, member }) => {
  await member.person.found('Meridian');
  await open(page, '/dispatch');
  const other = await context.newPage();
  await open(other, '/dashboard');
  await switchTo(other, 'Meridian');
  await expect(switcher(other)).toContainText('Meridian');

  // The first window was never told, and what it sends goes where it says it is.
  await expect(switcher(page)).toContainText('Harbour Works');
  await dispatch(page, 'greet', '{"message": "from the first window"}');
  await expect(page.getByRole('region', { name: 'Result' })).toContainText('from the first window');
  expect((await member.person.dispatches()).used).toBe(0);
  await open(other, '/dashboard');
  await expect(switcher(other)).toContainText('Meridian');
  await expect(month(other)).toHaveAttribute('aria-valuetext', '0 of 500');
  await switchTo(other, 'Harbour Works');
  await expect(month(other)).toHaveAttribute('aria-valuetext', '1 of 500');
});

// What people are called is theirs: any script, any direction, any length, and markup is text.

import { hydrated, moved } from '../fixtures/hydration.ts';
import { expect, test } from '../fixtures/test.ts';
import { account } from '../fixtures/workspace.ts';

const NAMES = [
  { what: 'one letter', name: 'Q' },
  { what: 'an emoji family', name: '👩‍👩‍👧 Ærø & Sons 🏗️' },
  { what: 'right to left', name: 'شركة النور للتجارة العامة' },
  { what: 'markup', name: '<img src=x onerror="window.name=1"> & <b>bold</b> </script><script>window.name=1</script>' },
  { what: 'a hundred characters', name: 'Wolfeschlegelsteinhausenbergerdorff'.repeat(3).slice(0, 100) },
] as const;

for (const { what, name } of NAMES) {
  test(`an organization and a person whose name is ${what}`, async ({ page, context, newPerson }) => {
    const person = await newPerson(name);
    await person.found(name);
    await person.api.post('/api/v1/keys', { data: { name, scopes: ['read', 'dispatch', 'usage', 'verify', 'manage'] } });
    await person.enter(context);
    for (const width of [390, 1280]) {
      await page.setViewportSize({ width, height: 844 });
      for (const path of ['/dashboard', '/dispatch', '/keys', '/plans', '/settings', '/onboarding/welcome']) {
        await page.goto(path);
        await hydrated(page);
        const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        expect.soft(wider, `${path} is wider than ${width} pixels`).toBe(0);
        expect.soft(await moved(page), `${path} moves at ${width} pixels`).toBeLessThanOrEqual(0.02);
        expect(await page.evaluate(() => window.name), 'a name does not run').toBe('');
      }
    }
    await page.goto('/dashboard');
    await hydrated(page);
    await expect(page.locator('.switcher-name')).toHaveText(name);
    await account(page).click();
    await expect(page.locator('.menu-who')).toContainText(name);
  });
}

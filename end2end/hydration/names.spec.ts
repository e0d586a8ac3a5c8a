// What people are called, and what they call things, is theirs: any script, any direction, any length, and markup is text.

import type { Page } from '@playwright/test';

import { hydrated, moved } from '../fixtures/hydration.ts';
import { WORKSPACE } from '../fixtures/pages.ts';
import type { Person } from '../fixtures/person.ts';
import { expect, test } from '../fixtures/test.ts';
import { account, choice, switcher } from '../fixtures/workspace.ts';

const NAMES = [
  { what: 'one letter', name: 'Q' },
  { what: 'an emoji family', name: '👩‍👩‍👧 Ærø & Sons 🏗️' },
  { what: 'right to left', name: 'شركة النور للتجارة العامة' },
  { what: 'markup', name: '<img src=x onerror="window.name=1"> & <b>bold</b> </script><script>window.name=1</script>' },
  { what: 'a hundred characters', name: 'Wolfeschlegelsteinhausenbergerdorff'.repeat(3).slice(0, 100) },
] as const;

/** Tools and actions are called by shorter names. */
const LONGEST_OF_A_TOOL = 64;

function shorter(name: string): string {
  return [...name].slice(0, LONGEST_OF_A_TOOL).join('').trim();
}

/** Makes one of everything that has a name, all of the same; answers the pages that show them. */
async function callEverything(person: Person, name: string): Promise<string[]> {
  const make = async (path: string, data: object): Promise<Record<string, { id: string }>> => {
    const answer = await person.api.post(path, { data });
    expect(answer.status(), await answer.text()).toBeLessThan(300);
    return (await answer.json()) as Record<string, { id: string }>;
  };
  await make('/api/v1/keys', { name, scopes: ['read', 'dispatch', 'usage', 'verify', 'manage'] });
  const { tool } = await make('/api/v1/tools', { name: shorter(name), kind: 'webhook', url: 'https://example.com/jobs' });
  const { webhook } = await make('/api/v1/webhooks/inbound', { name, scheme: 'standard', allowlist: [] });
  const { endpoint } = await make('/api/v1/webhooks/endpoints', { url: 'https://example.com/hook', description: name, events: ['job.failed'] });
  const run = { tool: 'echo', action: shorter(name), payload: { name }, when_full: 'queue' };
  const { job } = await make('/api/v1/dispatch', run);
  return [`/tools/${tool?.id}`, `/webhooks/${webhook?.id}`, `/webhooks/endpoints/${endpoint?.id}`, `/jobs/${job?.id}`];
}

/** What reaches over the window's edge and cannot be scrolled to, or is cut off without a sign that there is more. */
function cut(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const wide = document.documentElement.clientWidth;
    const inView = (element: Element) => {
      const { left, right, width } = element.getBoundingClientRect();
      return width < 2 || (left >= -1 && right <= wide + 1);
    };
    const scrolls = (element: Element | null): boolean =>
      element !== null && (['auto', 'scroll'].includes(getComputedStyle(element).overflowX) || scrolls(element.parentElement));
    const hidden = (element: Element) => element.closest('.vh, .skip, [popover], dialog, svg, details:not([open]) > :not(summary)') !== null;
    const all = [...document.querySelectorAll('main *, header *')].filter((element) => !hidden(element) && element.checkVisibility());
    const over = all.filter((element) => !inView(element) && !scrolls(element.parentElement));
    return over.map((element) => `${element.tagName.toLowerCase()}.${element.className}: ${element.textContent?.slice(0, 40)}`);
  });
}

async function fits(page: Page, path: string, width: number): Promise<void> {
  await page.goto(path);
  await hydrated(page);
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect.soft(wider, `${path} is wider than ${width} pixels`).toBe(0);
  expect.soft(await cut(page), `${path} is cut off at ${width} pixels`).toEqual([]);
  expect.soft(await moved(page), `${path} moves at ${width} pixels`).toBeLessThanOrEqual(0.02);
  expect(await page.evaluate(() => window.name), 'a name does not run').toBe('');
}

for (const { what, name } of NAMES) {
  test(`everything that is called by ${what}`, async ({ page, context, newPerson }) => {
    test.setTimeout(120_000);
    const person = await newPerson(name);
    await person.found(name);
    const own = await callEverything(person, name);
    await person.enter(context);
    for (const width of [390, 1280]) {
      await page.setViewportSize({ width, height: 844 });
      for (const path of [...WORKSPACE.map((page) => page.path), ...own, '/onboarding/welcome']) await fits(page, path, width);
    }
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto('/dashboard');
    await hydrated(page);
    await expect(page.locator('.switcher-name')).toHaveText(name);
    await switcher(page).click();
    await expect(choice(page, name)).toBeVisible();
    expect.soft(await cut(page), 'the switcher is cut off').toEqual([]);
    await page.keyboard.press('Escape');
    await account(page).click();
    await expect(page.locator('.menu-who')).toContainText(name);
    expect.soft(await cut(page), 'the menu is cut off').toEqual([]);
  });
}

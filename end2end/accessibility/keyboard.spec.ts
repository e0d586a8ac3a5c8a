// Whoever has no mouse gets everywhere, and always sees where they are.

import type { Page } from '@playwright/test';

import { open } from '../fixtures/hydration.ts';
import { PUBLIC, WORKSPACE } from '../fixtures/pages.ts';
import { expect, test } from '../fixtures/test.ts';

interface Stop {
  /** What has the focus. */
  readonly what: string;
  /** A ring is drawn around it. */
  readonly ringed: boolean;
  /** Nothing else lies on top of it. */
  readonly uncovered: boolean;
}

/** What a page offers to the keyboard; of radio buttons with one name the keyboard stops at one. */
async function controls(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const selector =
      'a[href], button:enabled, input:enabled:not([type=hidden]), select:enabled, textarea:enabled, summary, [tabindex="0"]';
    const groups = new Set<string>();
    const visible = [...document.querySelectorAll<HTMLElement>(selector)].filter((element) => {
      if (!element.checkVisibility({ visibilityProperty: true }) || element.tabIndex < 0) return false;
      if (!(element instanceof HTMLInputElement) || element.type !== 'radio') return true;
      const first = !groups.has(element.name);
      groups.add(element.name);
      return first;
    });
    return visible.map((element) => window.nameOf(element));
  });
}

/** What has the focus now; nothing when the focus has left the page. */
async function here(page: Page): Promise<Stop | undefined> {
  return page.evaluate(() => {
    const element = document.activeElement;
    if (element === null || element === document.body) return undefined;
    const around = [element, element.parentElement, element.closest('label')].filter((one) => one !== null);
    const ringed = around.some((one) => {
      const { outlineStyle, outlineWidth } = getComputedStyle(one);
      return outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2;
    });
    const { left, top, width, height } = element.getBoundingClientRect();
    const hit = document.elementFromPoint(left + width / 2, top + height / 2);
    const uncovered = hit !== null && (element.contains(hit) || hit.contains(element) || around.some((one) => one.contains(hit)));
    return { what: window.nameOf(element), ringed, uncovered };
  });
}

declare global {
  interface Window {
    nameOf: (element: Element) => string;
  }
}

async function examine(page: Page): Promise<void> {
  await page.evaluate(() => {
    window.nameOf = (element) => {
      if (element instanceof HTMLInputElement && element.type === 'radio') return `radio ${element.name}`;
      const name = element.getAttribute('aria-label') ?? element.textContent?.trim().replaceAll(/\s+/g, ' ') ?? '';
      return `${element.tagName.toLowerCase()} ${element.id} ${name.slice(0, 60)}`;
    };
    (document.activeElement as HTMLElement | null)?.blur();
  });
  const offered = await controls(page);
  const stops: Stop[] = [];
  // A date is three fields and a button to the keyboard.
  const dates = await page.locator('input[type=date]').count();
  for (let press = 0; press < offered.length + 3 * dates + 5; press += 1) {
    await page.keyboard.press('Tab');
    const stop = await here(page);
    if (stop !== undefined) stops.push(stop);
  }
  const reached = new Set(stops.map((stop) => stop.what));
  const at = `${page.url()} at ${page.viewportSize()?.width} pixels`;
  expect.soft(offered.filter((what) => !reached.has(what)), `out of the keyboard's reach: ${at}`).toEqual([]);
  expect.soft(named(stops, (stop) => !stop.ringed), `focused without a ring: ${at}`).toEqual([]);
  expect.soft(named(stops, (stop) => !stop.uncovered), `focused under something else: ${at}`).toEqual([]);
}

function named(stops: readonly Stop[], fails: (stop: Stop) => boolean): string[] {
  return [...new Set(stops.filter(fails).map((stop) => stop.what))];
}

const WINDOWS = [
  { width: 390, height: 844 },
  { width: 1280, height: 800 },
];

for (const { name, path } of PUBLIC) {
  test(`the keyboard reaches everything on the ${name} page`, async ({ page }) => {
    await open(page, path);
    for (const viewport of WINDOWS) {
      await page.setViewportSize(viewport);
      await examine(page);
    }
  });
}

for (const { name, path } of WORKSPACE) {
  test(`the keyboard reaches everything on the ${name} page`, async ({ page, member }) => {
    await member.person.finishedJob({ text: 'hello' });
    await open(page, path);
    for (const viewport of WINDOWS) {
      await page.setViewportSize(viewport);
      await examine(page);
    }
  });
}

test('the first stop of a workspace page skips the navigation', async ({ page, member: _ }) => {
  await open(page, '/dashboard');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to the page' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.locator('main')).toBeFocused();
});

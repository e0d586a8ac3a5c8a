// Usage over time: from nothing to a chart, its parts and one part alone; the same without a script, and as a file.

import { readFile } from 'node:fs/promises';

import type { Page } from '@playwright/test';

import { open } from '../fixtures/hydration.ts';
import type { Person } from '../fixtures/person.ts';
import { expect, test } from '../fixtures/test.ts';
import { navigation } from '../fixtures/workspace.ts';

const BATCH = { 'content-type': 'application/cloudevents-batch+json' };

/** Events of the last days, some of each tool. */
async function send(person: Person, meter: string, tools: readonly string[]): Promise<void> {
  const events = tools.flatMap((tool, place) =>
    Array.from({ length: 12 }, (_, number) => ({
      specversion: '1.0',
      id: `${meter}-${place}-${number}`,
      source: '/end2end',
      type: meter,
      time: new Date(Date.now() - number * 20 * 3_600_000).toISOString(),
      tool,
      data: { value: `${(place + 1) * (number % 4 + 1)}.5` },
    })),
  );
  const answer = await person.api.post('/api/v1/usage/events', { data: JSON.stringify(events), headers: BATCH });
  expect(answer.status(), await answer.text()).toBe(202);
}

function chart(page: Page) {
  return page.getByRole('img', { name: /^[^,]+, / });
}

test('usage is asked for, taken apart and kept', async ({ page, member: { person } }) => {
  test.setTimeout(90_000);

  await test.step('where nothing was used it says what to do first', async () => {
    await open(page, '/dashboard');
    await navigation(page, 'Usage').click();
    await expect(page).toHaveURL('/usage');
    await expect(page.getByText('Nothing was used in this time')).toBeVisible();
    await expect(page.getByRole('main').getByRole('link', { name: 'Dispatch' })).toBeVisible();
  });

  await test.step('a meter is chosen, told apart by tool', async () => {
    await send(person, 'images.rendered', ['resize', 'crop', 'watermark']);
    await page.reload();
    await page.getByLabel('Meter').selectOption('images.rendered');
    await page.getByLabel('Told apart by').selectOption('tool');
    await page.getByRole('button', { name: 'Show' }).click();
    await expect(page).toHaveURL(/meter=images\.rendered.*group_by=tool/);
    await expect(chart(page)).toBeVisible();
    await expect(page.getByRole('heading', { name: 'images.rendered by tool' })).toBeVisible();
    await expect(page.getByRole('link', { name: 'watermark' })).toBeVisible();
  });

  await test.step('the same stands in figures, and stays unfolded', async () => {
    await page.getByText('The same in figures').click();
    await expect(page.getByRole('table')).toContainText('resize');
    await page.getByRole('link', { name: '7 days' }).click();
    await expect(page).toHaveURL(/days=7/);
    await expect(page.getByRole('table')).toBeVisible();
  });

  await test.step('a part is shown alone, and all of them again', async () => {
    await page.getByRole('link', { name: 'crop' }).click();
    await expect(page).toHaveURL(/of=tool/);
    await expect(page.getByText('Of tool crop alone.')).toBeVisible();
    await page.getByRole('link', { name: 'Show all' }).click();
    await expect(page.getByText('Of tool crop alone.')).toBeHidden();
  });

  await test.step('the file has the same points', async () => {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download CSV' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('usage-images.rendered.csv');
    const text = await readFile(await download.path(), 'utf8');
    expect(text).toMatch(/^start,group,value\r\n/);
    expect(text).toContain(',watermark,');
  });

  await test.step('steps that are too many are refused in words', async () => {
    await page.getByLabel('In steps of').selectOption('hour');
    await page.getByLabel('First day').fill('2026-01-01');
    await page.getByLabel('Last day').fill('2026-11-01');
    await page.getByRole('button', { name: 'Show' }).click();
    await expect(page.getByText(/ask for at most 1000/)).toBeVisible();
  });
});

test('numbers move while one looks', async ({ page, member: { person } }) => {
  await person.finishedJob({ number: 1 });
  await open(page, '/usage');
  await expect(page.getByText(/\. 1 in all\./)).toBeVisible();
  await person.finishedJob({ number: 2 });
  await expect(page.getByText(/\. 2 in all\./)).toBeVisible({ timeout: 15_000 });
});

test.describe('without a script', () => {
  test.use({ javaScriptEnabled: false });

  test('the form asks by its address', async ({ page, member: { person } }) => {
    await send(person, 'images.rendered', ['resize', 'crop']);
    await page.goto('/usage');
    await page.getByLabel('Meter').selectOption('images.rendered');
    await page.getByLabel('Told apart by').selectOption('member');
    await page.getByLabel('In steps of').selectOption('week');
    await page.getByRole('button', { name: 'Show' }).click();
    await expect(chart(page)).toBeVisible();
    await expect(page.getByLabel('Meter')).toHaveValue('images.rendered');
    await expect(page.getByRole('link', { name: person.name })).toBeVisible();
    await page.getByText('The same in figures').click();
    await expect(page.getByRole('table')).toContainText('Week of');
  });
});

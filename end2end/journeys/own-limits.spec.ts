// A limit of the organization's own on what events count: shown on the dashboard while one looks, where nothing moves for it.

import { open, places } from '../fixtures/hydration.ts';
import type { Person } from '../fixtures/person.ts';
import { expect, test } from '../fixtures/test.ts';

async function send(person: Person, ids: readonly number[]): Promise<void> {
  const event = (id: number) => ({ specversion: '1.0', id: `${id}`, source: '/end2end', type: 'images.rendered' });
  const headers = { 'content-type': 'application/cloudevents-batch+json' };
  const answer = await person.api.post('/api/v1/usage/events', { data: JSON.stringify(ids.map(event)), headers });
  expect(answer.status(), await answer.text()).toBe(202);
}

for (const width of [390, 1280]) {
  test(`a limit of one's own is warned of while one looks, at ${width} pixels`, async ({ page, member, server }) => {
    const { person, organization } = member;
    const limit = ['--meter', 'images.rendered', '--limit', '10', '--reason', 'agreed'];
    await server.command('quota', 'set', organization.slug, ...limit);
    await page.setViewportSize({ width, height: 844 });
    await open(page, '/dashboard');
    const main = page.getByRole('main');
    await expect(main.getByText('Every limit has room')).toBeVisible();
    const before = await places(page);

    await send(person, [1, 2, 3, 4, 5, 6, 7, 8]);
    await expect(main.getByRole('status')).toContainText('80 % of the units of images.rendered are used');
    await expect(page.locator('.toasts')).toContainText('80 % of the units of images.rendered are used.');
    await send(person, [9, 10, 11]);
    await expect(main.getByRole('alert')).toContainText('All 10 units of images.rendered are used');
    await expect(main.getByRole('alert')).toContainText('Further ones are refused until');
    expect(await places(page), 'nothing moves').toEqual(before);

    await main.getByRole('link', { name: 'See its use' }).click();
    await expect(page).toHaveURL('/usage?meter=images.rendered');
    await expect(page.getByRole('heading', { name: 'images.rendered' })).toBeVisible();
  });
}

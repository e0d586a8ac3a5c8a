// Slots come and go with every job. The dispatch page says so before one tries, in a place of its own.

import { open, places } from '../fixtures/hydration.ts';
import { Receiver } from '../fixtures/receiver.ts';
import { expect, test } from '../fixtures/test.ts';

for (const width of [390, 1280]) {
  test(`whether a dispatch would run at once is said, and nothing moves, at ${width} pixels`, async ({ page, member }) => {
    const { api } = member.person;
    const receiver = await Receiver.start();
    const made = await api.post('/api/v1/tools', { data: { name: 'slow', kind: 'webhook', url: receiver.url } });
    receiver.secrets = [((await made.json()) as { secret: string }).secret];
    await page.setViewportSize({ width, height: 844 });
    await open(page, '/dispatch');
    const main = page.getByRole('main');
    await expect(main).toContainText('It would run at once. 0 of 1 slots are taken.');
    const before = await places(page);
    for (let round = 0; round < 3; round += 1) {
      // It answers later, and so keeps its slot.
      receiver.next.push(202);
      const answer = await api.post('/api/v1/dispatch', { data: { tool: 'slow', action: 'wait', payload: {} } });
      const { id } = ((await answer.json()) as { job: { id: string } }).job;
      await expect(main.getByRole('status').filter({ hasText: 'Every slot is taken right now.' })).toBeVisible();
      await expect(main.getByRole('link', { name: 'Compare plans' })).toHaveAttribute('href', '/plans');
      expect((await api.post(`/api/v1/jobs/${id}/cancel`)).status()).toBe(200);
      await expect(main).toContainText('It would run at once.');
    }
    expect(await places(page), 'nothing moves').toEqual(before);
    receiver.stop();
  });
}

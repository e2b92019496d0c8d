import { type Failure, refused } from '../../core/failure.js';
import type { Mount } from '../../core/question.js';

/** etcd preallocates a WAL segment after a restore, and another one when it runs. */
const walBytes = 2 * 64 * 1024 * 1024;
/** The kubelet begins to evict pods when its own file system has less than this left (its default). */
const evictionPercent = 10;

type Room = Pick<Mount, 'mountPoint' | 'device' | 'freeBytes' | 'sizeBytes'>;

export function roomOf({ mountPoint, device, freeBytes, sizeBytes }: Mount): Room {
  return { mountPoint, device, freeBytes, sizeBytes };
}

interface Rooms {
  readonly sizeBytes: number;
  readonly room: Room;
  readonly walRoom: Room;
  readonly kubeletDevice: string;
}

/** Counted where it is written: the WAL may have a disk of its own. */
export function refuseRoom(rooms: Rooms, hasWal: boolean): Failure | null {
  const { sizeBytes, room, walRoom } = rooms;
  const isApart = hasWal && walRoom.device !== room.device;
  const needs = isApart
    ? [
        { room, bytes: sizeBytes },
        { room: walRoom, bytes: walBytes },
      ]
    : [{ room, bytes: sizeBytes + walBytes }];
  for (const { room: at, bytes } of needs) {
    const isWatched = at.device === rooms.kubeletDevice;
    const reserve = isWatched ? (at.sizeBytes * evictionPercent) / 100 : 0;
    if (at.freeBytes - bytes >= reserve) continue;
    const evicts = isWatched ? `, and the kubelet evicts pods below ${evictionPercent} %` : '';
    const message = `${at.mountPoint} has ${at.freeBytes} bytes free; the restore takes ${bytes}${evicts}`;
    return refused('no-room', message, 'make room on that file system');
  }
  return null;
}

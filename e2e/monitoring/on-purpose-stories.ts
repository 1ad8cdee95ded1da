import { failure, inSync, lag, paused, type Story, state, success, well } from './alert-series.ts';

/** What somebody asked for, with which nobody is to be woken; and what is trouble all the same. */
export const onPurpose: readonly Story[] = [
  {
    name: 'a target that is promoted is in use in place of its source',
    series: { ...well, [inSync]: '0x400', [state('Promoted')]: '1x400', [state('Online')]: '0x400' },
    at: '120m',
    fires: [],
  },
  {
    name: 'every target is paused in the spec',
    series: { ...well, [inSync]: '0x400', [paused]: '1x400' },
    at: '120m',
    fires: [],
  },
  {
    name: 'a target is paused in the spec while the application goes on writing',
    series: {
      ...well,
      [lag]: '0+30x400',
      [inSync]: '0x400',
      [state('Online')]: '0x400',
      [state('Offline')]: '1x400',
      [failure]: '0+1x20 20x380',
      [success]: '5x400',
      [paused]: '0x20 1x380',
    },
    at: '120m',
    fires: [],
  },
  {
    name: 'a target is paused in the spec while runs to it fail',
    series: { ...well, [success]: '5x100', [failure]: '0+1x60 60x340', [paused]: '0x60 1x340' },
    at: '33m',
    fires: [],
  },
  {
    name: 'one target is paused, and the other falls behind and is offline',
    series: {
      ...well,
      [lag]: '0+30x400',
      [state('Online')]: '0x400',
      [state('Offline')]: '1x400',
      [paused.replace('"dr"', '"offsite"')]: '1x400',
      [lag.replace('"dr"', '"offsite"')]: '0+30x400',
    },
    at: '60m',
    fires: ['SyncReplicaLaggingBadly', 'SyncReplicaOffline'],
  },
  {
    name: 'runs to one target fail while the other is paused',
    series: {
      ...well,
      [success]: '5x100',
      [failure]: '0+1x100',
      [paused.replace('"dr"', '"offsite"')]: '1x100',
    },
    at: '40m',
    fires: ['SyncReplicaSyncFailing'],
  },
  {
    name: 'a target that was behind is promoted: its source owes it nothing any more',
    series: {
      ...well,
      [lag]: '0+30x40 0x360',
      [inSync]: '0x400',
      [state('Online')]: '1x40 0x360',
      [state('Promoted')]: '0x40 1x360',
    },
    at: '60m',
    fires: [],
  },
  {
    name: 'a promoted target is demoted: its source is sent to it within minutes',
    series: {
      ...well,
      [lag]: '0x44 0+30x3 0x300',
      [inSync]: '0x47 1x350',
      [state('Promoted')]: '1x40 0x360',
      [state('Offline')]: '0x40 1x4 0x350',
      [state('Online')]: '0x44 1x350',
    },
    at: '23m',
    fires: [],
  },
  {
    name: 'one target is paused in the spec and the other is not in sync',
    series: { ...well, [inSync]: '0x400', [paused.replace('"dr"', '"offsite"')]: '1x400' },
    at: '15m',
    fires: ['SyncReplicaNoneInSync'],
  },
  {
    name: 'a pause is over, and nothing comes through',
    series: { ...well, [inSync]: '0x400', [paused]: '1x40 0x360' },
    at: '40m',
    fires: ['SyncReplicaNoneInSync'],
  },
];

-- Whether scripts are carried out, and may read what hosts have written. It changes nothing.
return {redis.call('EXISTS', KEYS[1])}

console.log('throws'); throw new Error('in module');
